import { EventEmitter } from 'node:events';
import type { ClientSocket } from './client-socket';
import { KnownHeads } from './known-heads';
import { SurfaceConnection } from './surface-connection';

const headOf = (length: number): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`;

/** A socket whose writes leave when they are told to, or at once. */
class Held extends EventEmitter {
  ear: ((bytes: Buffer) => void) | undefined;
  endsSoon = false;
  leave = (): void => undefined;

  constructor(readonly writableLength: number) {
    super();
  }

  write(_text: string, _encoding: string, left?: () => void): boolean {
    if (left) this.leave = left;
    return true;
  }

  destroySoon(): void {
    this.endsSoon = true;
  }

  isPaused(): boolean {
    return false;
  }

  pause(): void {}
  resume(): void {}
}

const REQUEST = `${headOf(2)}{}`;

describe('a connection of a client', () => {
  /** Of a connection whose requests are answered as they are taken. */
  const connected = (socket: Held, headers: Readonly<Record<string, string>> = {}) => {
    let taken = 0;
    new SurfaceConnection(socket as unknown as ClientSocket, {
      heads: new KnownHeads(),
      sayOf: () => ({}),
      take: (_head, _request, answerWith) => {
        taken++;
        const answer = answerWith({ requestId: 'req_1', requestIdHeader: 'x-request-id', others: {} });
        answer.start(200, { 'content-length': '2', ...headers });
        answer.end(Buffer.from('{}'));
      },
      ordinary: () => undefined,
      headLines: () => '',
      forget: () => undefined,
      now: () => 0,
    });
    return () => taken;
  };

  describe.each([
    ['later', 1],
    ['at once', 0],
  ])('whose answers leave %s', (_when, writableLength) => {
    it.each([
      ['goes on behind a whole body', REQUEST, {}, false],
      ['ends with an answer for which a body was not waited', headOf(100) + '{', {}, true],
      ['ends with an answer that says so', REQUEST, { connection: 'close' }, true],
    ])('%s, and takes what comes then only where it goes on', (_what, request, headers, ends) => {
      const socket = new Held(writableLength);
      const taken = connected(socket, headers);
      socket.ear?.(Buffer.from(request));
      socket.leave();
      expect(socket.endsSoon).toBe(ends);
      socket.ear?.(Buffer.from(REQUEST));
      expect(taken()).toBe(ends ? 1 : 2);
    });

    it('takes requests that came together one after the other, each once the one before has left', () => {
      const socket = new Held(writableLength);
      const taken = connected(socket);
      socket.ear?.(Buffer.from(REQUEST.repeat(3)));
      for (let left = 1; left <= 3; left++) {
        expect(taken()).toBe(writableLength > 0 ? left : 3);
        socket.leave();
      }
      expect(taken()).toBe(3);
    });

    it('takes nothing behind an answer with which it ends', () => {
      const socket = new Held(writableLength);
      const taken = connected(socket, { connection: 'close' });
      socket.ear?.(Buffer.from(REQUEST.repeat(3)));
      socket.leave();
      expect([taken(), socket.endsSoon]).toEqual([1, true]);
    });
  });
});
