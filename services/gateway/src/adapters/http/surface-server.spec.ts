import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { SystemClock } from '@gatehouse/kernel';
import { until } from '@gatehouse/kernel/testing';
import * as fc from 'fast-check';
import { ClientGone } from '../../app/admission';
import type { AnswerWith, ExchangeRequest } from './exchange-ends';
import { answerOn, requestOf } from './http-exchanges';
import { readBody } from './request-body';
import type { RequestLine } from './request-head';
import { SurfaceServer } from './surface-server';

const HEAD_DEADLINE_MS = 400;
/** Node waits for heads as long: a machine that stands still between two pieces ends neither. */
const LONG_MS = 60_000;
const KEEP_ALIVE_MS = 1_500;
const BOUNDS = { bytesMax: 1_000_000, deadlineMs: 5_000, take: () => true };
const STANDING = { requestId: 'req_1', requestIdHeader: 'x-request-id', others: {} };

/** A request as it was read; without its body where that was not there in the end. */
interface Read {
  readonly head: string;
  body?: string;
}

/** Tells what it was asked. */
const echo = async (
  request: ExchangeRequest,
  answerWith: AnswerWith,
  reads: Read[],
  onGone = (): void => undefined,
): Promise<void> => {
  const answer = answerWith(STANDING);
  const { method, url, headers } = request;
  const read: Read = { head: JSON.stringify({ method, url, headers: Object.entries(headers).sort() }) };
  reads.push(read);
  try {
    read.body = (await readBody(request, BOUNDS)).toString('latin1');
    const told = Buffer.from(JSON.stringify(read));
    const ends = url.endsWith('/close') && { connection: 'close' };
    answer.start(200, { 'content-length': String(told.length), ...ends });
    answer.end(told);
  } catch (error) {
    if (error instanceof ClientGone) onGone();
    answer.destroy();
  }
};

const listening = async <S extends Server>(server: S): Promise<S> => {
  await once(server.listen(0, '127.0.0.1'), 'listening');
  return server;
};
const portOf = (server: Server): number => (server.address() as AddressInfo).port;

interface Heard {
  /** Statuses and bodies, one after the other. */
  readonly answers: readonly string[];
  /** The last of them said that its connection ends. */
  readonly ends: boolean;
  readonly closed: boolean;
}

const answersIn = (text: string): string[] => {
  const answers: string[] = [];
  for (let rest = text; rest !== '';) {
    const headEnd = rest.indexOf('\r\n\r\n');
    const head = headEnd < 0 ? rest : rest.slice(0, headEnd);
    const chunks = /\r\ntransfer-encoding: chunked/i.test(head) ? '0\r\n\r\n'.length : 0;
    const length = Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? chunks);
    answers.push(`${head.slice(9, 12)} ${headEnd < 0 ? '' : rest.slice(headEnd + 4, headEnd + 4 + length)}`);
    rest = headEnd < 0 ? '' : rest.slice(headEnd + 4 + length);
  }
  return answers;
};

const isRefused = ({ answers }: Heard): boolean => answers.some((answer) => !/^[12]/.test(answer));

/** A time, and turns of the event loop: a machine that does more takes any time, but server and client have their turns. */
const pass = async (ms: number, turns = 1): Promise<void> => {
  await sleep(ms);
  for (let had = 0; had < turns; had++) await turn();
};

/** Looks at which nothing came: long for a server in the same process. */
const QUIET_LOOKS = 12;
const LOOK_MS = 5;
/** The server reads a piece, the client its answer: it would lose one that it had not read when it wrote to a closed connection. */
const TURNS_PER_PIECE = 3;

/** What comes back for these pieces, each written in a turn of its own, until it is closed or nothing comes any more. */
const heardOf = async (port: number, pieces: readonly Buffer[]): Promise<Heard> => {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true });
  let text = '';
  let closed = false;
  let quiet = 0;
  socket.on('data', (chunk: Buffer) => {
    text += chunk.toString('latin1');
    quiet = 0;
  });
  socket.on('error', () => undefined);
  socket.on('close', () => (closed = true));
  await once(socket, 'connect');
  for (const piece of pieces) {
    if (closed) break;
    socket.write(piece);
    if (pieces.length > 1) await pass(1, TURNS_PER_PIECE);
  }
  for (quiet = 0; !closed && quiet < QUIET_LOOKS; quiet++) await pass(LOOK_MS);
  socket.destroy();
  const lastHead = text.slice(text.lastIndexOf('HTTP/1.1 '));
  return { answers: answersIn(text), ends: /\r\nconnection: close\r\n/i.test(lastHead), closed };
};

const CHAT = '/v1/chat/completions';
const post = (headers: readonly string[], body = '', line = `POST ${CHAT} HTTP/1.1`, end = '\r\n'): string =>
  [line, ...headers, '', ''].join(end) + body;
const HOST = 'Host: a';
const LAST = `GET /last HTTP/1.1\r\n${HOST}\r\nConnection: close\r\n\r\n`;

describe('the server of surfaces', () => {
  let taken = 0;
  /** Answers that heard of it that their client has left. */
  let left = 0;
  const reads: { readonly ours: Read[]; readonly node: Read[] } = { ours: [], node: [] };
  let ours: SurfaceServer<RequestLine>;
  let node: Server;

  const surfacesWith = (headDeadlineMs: number): SurfaceServer<RequestLine> =>
    new SurfaceServer(
      {
        sayOf: ({ method, url, headers }) =>
          method === 'POST' && url.startsWith('/v1/') ? { method, url, headers } : undefined,
        take: (line, { body, length }, answerWith) => {
          taken++;
          if (line.url === '/v1/wait') {
            const answer = answerWith(STANDING);
            answer.onLeft = () => left++;
            return;
          }
          // A head may be that of a request before, but for its length.
          const headers = { ...line.headers, 'content-length': String(length) };
          void echo({ ...line, headers, body, length }, answerWith, reads.ours, () => left++);
        },
        headDeadlineMs,
        keepAliveMs: KEEP_ALIVE_MS,
        look: () => undefined,
        clock: new SystemClock(),
        node: { requestTimeout: 0, noDelay: true },
      },
      (request, response) => void echo(requestOf(request), answerOn(response), reads.ours),
    );

  beforeAll(async () => {
    ours = await listening(surfacesWith(LONG_MS));
    node = await listening(
      createServer(
        { requestTimeout: 0, noDelay: true, keepAliveTimeout: KEEP_ALIVE_MS },
        (request, response) => {
          void echo(requestOf(request), answerOn(response), reads.node);
        },
      ),
    );
  });
  const forget = (): void => {
    left = taken = reads.ours.length = reads.node.length = 0;
  };
  beforeEach(forget);
  afterAll(async () => {
    for (const server of [ours, node]) {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    }
  });

  const both = (pieces: readonly Buffer[]): Promise<[Heard, Heard]> =>
    Promise.all([heardOf(portOf(ours), pieces), heardOf(portOf(node), pieces)]);
  const whole = (text: string): Buffer[] => [Buffer.from(text, 'latin1')];

  it.each([
    ['alone', post([HOST, 'Content-Length: 2'], '{}') + LAST, 1],
    ['one behind the other', post([HOST, 'content-length: 2'], '{}').repeat(3) + LAST, 3],
    [
      'with headers of any kind',
      post([HOST, 'content-length:2', 'X-A:', "x!#$%&'*+.^_`|~9:  b c  "], '{}') + LAST,
      1,
    ],
    ['that say that they stay', post([HOST, 'Connection: Keep-Alive', 'content-length: 0']) + LAST, 1],
    [
      'behind what is Node’s, which has it then',
      `GET / HTTP/1.1\r\n${HOST}\r\n\r\n${post([HOST, 'content-length: 2'], '{}')}${LAST}`,
      0,
    ],
    ['before what is Node’s', post([HOST, 'content-length: 2'], '{}', 'POST /v2 HTTP/1.1') + LAST, 0],
    ['in chunks', post([HOST, 'transfer-encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n') + LAST, 0],
    [
      'that waits to be told to go on',
      post([HOST, 'content-length: 2', 'expect: 100-continue'], '{}') + LAST,
      0,
    ],
    ['of HTTP/1.0', post(['content-length: 2'], '{}', `POST ${CHAT} HTTP/1.0`), 0],
    ['with a body of its connection’s end', post([HOST, 'content-length: 2', 'connection: close'], '{}'), 0],
    ['with headers given twice', post([HOST, 'x-a: 1', 'X-A: 2', 'content-length: 2'], '{}') + LAST, 0],
    ['with what a plain object has', post([HOST, 'constructor: 1', 'content-length: 2'], '{}') + LAST, 0],
  ])('reads a request as Node does, %s', async (_what, text, takes) => {
    const [heard, expected] = await both(whole(text));
    expect(heard).toEqual(expected);
    expect(heard.answers[0]).toMatch(/^(200|100) /);
    expect(taken).toBe(takes);
  });

  it.each([
    ['two lengths', [HOST, 'Content-Length: 2', 'Content-Length: 3'], '\r\n'],
    ['the same length twice', [HOST, 'Content-Length: 2', 'content-length: 2'], '\r\n'],
    ['a list of lengths', [HOST, 'Content-Length: 2, 2'], '\r\n'],
    ['a signed length', [HOST, 'Content-Length: +2'], '\r\n'],
    ['a negative length', [HOST, 'Content-Length: -2'], '\r\n'],
    ['a hexadecimal length', [HOST, 'Content-Length: 0x2'], '\r\n'],
    ['a length with a space in it', [HOST, 'Content-Length: 1 0'], '\r\n'],
    ['a length that overflows', [HOST, 'Content-Length: 18446744073709551618'], '\r\n'],
    ['a length and chunks', [HOST, 'Content-Length: 2', 'Transfer-Encoding: chunked'], '\r\n'],
    ['chunks and a length', [HOST, 'Transfer-Encoding: chunked', 'Content-Length: 2'], '\r\n'],
    ['chunks that are not the last', [HOST, 'Transfer-Encoding: chunked, identity'], '\r\n'],
    ['chunks by another name', [HOST, 'Transfer-Encoding: xchunked'], '\r\n'],
    ['bare line feeds', [HOST, 'Content-Length: 2'], '\n'],
    ['bare carriage returns', [HOST, 'Content-Length: 2'], '\r'],
    ['a line feed in a value', [HOST, 'x-a: b\nContent-Length: 2'], '\r\n'],
    ['a carriage return in a value', [HOST, 'x-a: b\rc', 'Content-Length: 2'], '\r\n'],
    ['a NUL in a value', [HOST, 'x-a: b\0c', 'Content-Length: 2'], '\r\n'],
    ['a folded header', [HOST, 'x-a: b', ' c', 'Content-Length: 2'], '\r\n'],
    ['a folded length', [HOST, 'Content-Length:', ' 2'], '\r\n'],
    ['a space before the colon', [HOST, 'Content-Length : 2'], '\r\n'],
    ['a name of nothing', [HOST, ': b', 'Content-Length: 2'], '\r\n'],
    ['a line without a colon', [HOST, 'x-a', 'Content-Length: 2'], '\r\n'],
    ['no host', ['Content-Length: 2'], '\r\n'],
    ['a head that is too large', [HOST, `x-a: ${'b'.repeat(17_000)}`, 'Content-Length: 2'], '\r\n'],
  ])('takes nothing with %s, and answers as Node does', async (_what, headers, end) => {
    const [heard, expected] = await both(whole(post(headers, '{}', undefined, end) + LAST));
    expect(heard).toEqual(expected);
    expect(heard.answers[0] ?? '').toMatch(/^(4\d\d |$)/);
    expect(taken).toBe(0);
  });

  it('reads whatever comes in whatever pieces as Node does', async () => {
    const value = fc.oneof(
      fc.constantFrom(
        'a',
        '',
        ' a\t',
        '2',
        '+2',
        '0',
        '02',
        '2, 2',
        'chunked',
        'keep-alive',
        'close',
        '100-continue',
        'a\x0bb',
        'é',
        'a\nb',
      ),
      fc.string({ maxLength: 8 }),
    );
    const header = fc
      .tuple(
        fc.constantFrom(
          'Host',
          'content-length',
          'Content-Length',
          'transfer-encoding',
          'connection',
          'expect',
          'x-a',
          'X-A',
          'x_a',
          'te',
          'x a',
          '__proto__',
          'toString',
          'upgrade',
        ),
        fc.constantFrom(':', ': ', ':\t', ' :', ''),
        value,
      )
      .map((parts) => parts.join(''));
    const sane = fc.constantFrom(
      post([HOST, 'content-length: 2'], '{}'),
      post([HOST, 'x-a: b', 'content-length: 0']),
      post([HOST, 'transfer-encoding: chunked'], '1\r\n{\r\n0\r\n\r\n'),
      `GET /v1/models HTTP/1.1\r\n${HOST}\r\n\r\n`,
    );
    const odd = fc
      .record({
        method: fc.constantFrom('POST', 'post', 'GET', 'HEAD', 'POST\t', ' POST', 'CONNECT'),
        target: fc.constantFrom(
          CHAT,
          '/v1/x?a=b',
          '/v2',
          '*',
          '',
          '/v1/ä',
          '/v1/a b',
          'http://a/v1/x',
          '/v1/%zz',
        ),
        version: fc.constantFrom('HTTP/1.1', 'HTTP/1.0', 'HTTP/2.0', 'http/1.1', 'HTTP/1.1 ', 'HTTP/1.12'),
        end: fc.constantFrom('\r\n', '\r\n', '\r\n', '\n', '\r'),
        headers: fc.array(header, { maxLength: 5 }),
        usual: fc.boolean(),
        body: fc.constantFrom('', '{}', '{', '2\r\n{}\r\n0\r\n\r\n', '0\r\n\r\n', '{}\r\n'),
      })
      .map(({ method, target, version, end, headers, usual, body }) => {
        const all = usual ? [HOST, ...headers, `content-length: ${body.length}`] : headers;
        return post(all, body, usual ? `POST ${CHAT} HTTP/1.1` : `${method} ${target} ${version}`, end);
      });
    const flipped = fc
      .tuple(sane, fc.nat({ max: 60 }), fc.nat({ max: 255 }))
      .map(([text, at, byte]) => text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1));
    const requests = fc.array(
      fc.oneof(
        { arbitrary: sane, weight: 8 },
        { arbitrary: odd, weight: 2 },
        { arbitrary: flipped, weight: 1 },
      ),
      { minLength: 1, maxLength: 4 },
    );
    let everTaken = 0;
    await fc.assert(
      fc.asyncProperty(requests, fc.array(fc.nat({ max: 300 }), { maxLength: 3 }), async (all, cuts) => {
        forget();
        const bytes = Buffer.from(all.join('') + LAST, 'latin1');
        const at = [0, ...cuts.filter((cut) => cut < bytes.length).sort((a, b) => a - b), bytes.length];
        const pieces = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
        const [heard, expected] = await both(pieces);
        // Behind an answer with which its connection ends Node goes on serving.
        const served = heard.ends ? reads.node.slice(0, reads.ours.length) : reads.node;
        expect(reads.ours.map(({ head }) => head)).toEqual(served.map(({ head }) => head));
        // Node forgets what it has read when it refuses what is behind it in the same piece.
        const bodies = served.map(({ body }, index) => body ?? reads.ours[index]?.body);
        expect(reads.ours.map(({ body }) => body)).toEqual(bodies);
        expect(heard.closed).toBe(expected.closed);
        expect(isRefused(heard)).toBe(isRefused(expected));
        everTaken += taken;
        forget();
      }),
      { numRuns: 500 },
    );
    // Else it would show nothing of what is read here.
    expect(everTaken).toBeGreaterThan(100);
  });

  it('serves nothing behind an answer with which its connection ends, which Node would', async () => {
    const line = 'POST /v2/close HTTP/1.1';
    const inChunks = (...headers: string[]): string =>
      post([HOST, ...headers, 'transfer-encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n', line);
    const first = post([HOST, 'content-length: 2'], '{}', 'POST /v2 HTTP/1.1');
    const behind = post([HOST, 'content-length: 2'], '{}', line) + inChunks() + inChunks('connection: close');
    // Node had thrown where nobody catches it once what follows is none, for an answer that is not the next.
    const pieces = [first, `${behind}x`].flatMap(whole);
    const { answers, closed } = await heardOf(portOf(ours), pieces);
    expect([answers.map((answer) => answer.slice(0, 3)), closed]).toEqual([['200', '200'], true]);
  });

  it('reads a body that comes in pieces, and what comes behind it', async () => {
    const body = JSON.stringify({ text: 'x'.repeat(300_000) });
    const bytes = Buffer.from(post([HOST, `content-length: ${body.length}`], body).repeat(2) + LAST);
    const pieces = Array.from({ length: Math.ceil(bytes.length / 70_000) }, (_, index) =>
      bytes.subarray(index * 70_000, (index + 1) * 70_000),
    );
    const [heard, expected] = await both(pieces);
    expect(heard).toEqual(expected);
    expect(heard.answers).toHaveLength(3);
    expect(taken).toBe(2);
  });

  const closedAfter = async (socket: Socket): Promise<number> => {
    const begun = performance.now();
    socket.on('error', () => undefined).resume();
    await once(socket, 'close');
    return performance.now() - begun;
  };

  it('ends a connection on which nothing comes, and one that was kept and has nothing to do', async () => {
    const hasty = await listening(surfacesWith(HEAD_DEADLINE_MS));
    const silent = connect(portOf(hasty), '127.0.0.1');
    expect(await closedAfter(silent)).toBeGreaterThanOrEqual(HEAD_DEADLINE_MS * 0.9);
    const kept = connect(portOf(hasty), '127.0.0.1', () =>
      kept.write(post([HOST, 'content-length: 2'], '{}')),
    );
    expect(await closedAfter(kept)).toBeGreaterThanOrEqual(KEEP_ALIVE_MS * 0.9);
    hasty.close();
    expect(taken).toBe(1);
  });

  it.each([
    ['while its body comes in', post([HOST, 'content-length: 9'], '{')],
    ['while it is answered', post([HOST, 'content-length: 2'], '{}', 'POST /v1/wait HTTP/1.1')],
  ])('tells an answer that its client has left, %s', async (_what, text) => {
    const socket = connect(portOf(ours), '127.0.0.1', () => socket.write(text));
    await until(() => taken === 1, 'the request to be taken');
    expect(left).toBe(0);
    socket.end();
    await closedAfter(socket);
    await until(() => left === 1, 'the answer to hear of it');
  });
});
