import { EventEmitter } from 'node:events';
import type { ClientSocket } from './client-socket';
import { SurfaceConnection } from './surface-connection';

const headOf = (length: number): string =>
  `POST /v1/chat/completions HTTP/1.1\r\nhost: a\r\ncontent-length: ${length}\r\n\r\n`;

/** A socket whose writes leave when they are told to. */
class Held extends EventEmitter {
  ear: ((bytes: Buffer) => void) | undefined;
  endsSoon = false;
  leave = (): void => undefined;

  write(_text: string, _encoding: string, left: () => void): boolean {
    this.leave = left;
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

describe('a connection of a client', () => {
  it.each([
    ['goes on behind a whole body', headOf(2) + '{}', {}, false],
    ['ends with an answer for which a body was not waited', headOf(100) + '{', {}, true],
    ['ends with an answer that says so', headOf(2) + '{}', { connection: 'close' }, true],
  ])('%s, and takes what comes then only where it goes on', (_what, request, headers, ends) => {
    const socket = new Held();
    let taken = 0;
    new SurfaceConnection(socket as unknown as ClientSocket, {
      sayOf: () => ({}),
      take: (_head, _request, answerWith) => {
        taken++;
        const answer = answerWith({ unlessSaid: {}, always: {} });
        answer.start(200, { 'content-length': '2', ...headers });
        answer.end(Buffer.from('{}'));
      },
      ordinary: () => undefined,
      headLines: () => '',
      forget: () => undefined,
      now: () => 0,
    });
    socket.ear?.(Buffer.from(request));
    socket.leave();
    expect(socket.endsSoon).toBe(ends);
    socket.ear?.(Buffer.from(`${headOf(2)}{}`));
    expect(taken).toBe(ends ? 1 : 2);
  });
});
