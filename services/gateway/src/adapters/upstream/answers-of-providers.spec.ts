import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { HostGuard, PrivateHosts } from '@gatehouse/hosts';
import * as fc from 'fast-check';
import { Client } from 'undici';
import { SocketUpstream } from './socket-upstream';

/** Whatever name is said here, but for what sets something else than it names. */
const HEARD = ['content-type', 'x-a', 'tostring', 'upgrade'];
const IS_COMPARED: ReadonlySet<string> = new Set([
  ...HEARD,
  ...['content-length', 'transfer-encoding', 'keep-alive'],
]);

/** What was heard of an answer. */
interface Heard {
  status?: number;
  headers?: Readonly<Record<string, string | undefined>>;
  body: string;
  whole: boolean;
}

/** The pieces in which the next connections are answered, each written in a turn of its own, before they are ended. */
let pieces: readonly Buffer[] = [];
let server: Server;
let origin: string;
let upstream: SocketUpstream;

const answerWith = async (socket: Socket): Promise<void> => {
  socket.on('error', () => undefined);
  await once(socket, 'data');
  for (const piece of pieces) {
    if (socket.destroyed) return;
    socket.write(piece);
    await nextTurn();
  }
  socket.end();
};

beforeAll(async () => {
  server = createServer({ noDelay: true }, (socket) => void answerWith(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  upstream = new SocketUpstream({
    hosts: new HostGuard(PrivateHosts.parse('127.0.0.0/8') as PrivateHosts),
    connectTimeoutMs: 30_000,
    headersTimeoutMs: 30_000,
    headers: HEARD,
    idleTimeoutMs: 30_000,
    connectionsMax: 4,
  });
});
afterAll(() => {
  upstream.close();
  server.close();
});

const ours = (): Promise<Heard> =>
  new Promise((resolve) => {
    const heard: Heard = { body: '', whole: false };
    upstream.send(
      { baseUrl: origin, path: '/', headers: {}, body: Buffer.from('{}'), ownConnection: true },
      {
        onSent: () => undefined,
        onHead: (status, headers) => Object.assign(heard, { status, headers: { ...headers } }),
        onData: (chunk) => (heard.body += chunk.toString('latin1')),
        onEnd: () => resolve({ ...heard, whole: true }),
        onFailed: () => resolve(heard),
      },
    );
  });

const theirs = async (): Promise<Heard> => {
  const client = new Client(origin, { pipelining: 1 });
  const heard: Heard = { body: '', whole: false };
  await new Promise<void>((resolve) =>
    client.dispatch(
      { method: 'POST', path: '/', body: '{}' },
      {
        onRequestStart: () => undefined,
        onResponseStart: (_controller, status, headers) => {
          if (status < 200) return;
          const flat = Object.entries(headers).map(([name, value]) => [
            name,
            Array.isArray(value) ? value[0] : value,
          ]);
          Object.assign(heard, { status, headers: Object.fromEntries(flat) });
        },
        onResponseData: (_controller, chunk) => void (heard.body += chunk.toString('latin1')),
        onResponseEnd: () => {
          heard.whole = true;
          resolve();
        },
        onResponseError: () => resolve(),
      },
    ),
  );
  await client.destroy();
  return heard;
};

const both = async (bytes: string, cuts: readonly number[] = []): Promise<readonly [Heard, Heard]> => {
  const all = Buffer.from(bytes, 'latin1');
  const at = [0, ...cuts.filter((cut) => cut < all.length).sort((a, b) => a - b), all.length];
  pieces = at.slice(1).map((end, index) => all.subarray(at[index], end));
  return [await ours(), await theirs()];
};

/** What is refused here and read by llhttp: two readers may take it for two things, or it is no HTTP/1.1. */
const STRICTER: readonly RegExp[] = [
  /^(\r\n)+HTTP/,
  /^HTTP\/(?!1\.[01] )/m,

  /^HTTP\/1\.[01] [^\r\n]*[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/m,
  /^HTTP\/1\.[01] [^\r\n]*\r(?!\n)/m,
  /^transfer-encoding:(?![ \t]*chunked[ \t]*\r)/im,
  /^transfer-encoding:[^]*^transfer-encoding:/im,
  /^HTTP\/1\.0[^]*^transfer-encoding:/im,
];
/** What is read here and refused by undici: an answer to come, and bytes behind one that has no body, which are never read. */
const LAXER: readonly RegExp[] = [/^HTTP\/1\.[01] 100/m, /^HTTP\/1\.[01] [23]04/m];

const isAnyOf = (expressions: readonly RegExp[], text: string): boolean =>
  expressions.some((expression) => expression.test(text));

/** As far as it is heard; what stands twice in `connection` is read together. */
const comparable = ({ headers = {}, ...heard }: Heard) => ({
  ...heard,
  headers: Object.entries(headers)
    .filter(([name]) => IS_COMPARED.has(name))
    .map(([name, value = '']) => [name, value.replace(/[ \t]+$/, '')])
    .sort(),
});

describe('an answer is read as undici reads it', () => {
  const LENGTH_2 = 'content-length: 2';
  const CHUNKED = 'transfer-encoding: chunked';
  const answer = (headers: readonly string[], body = '', line = 'HTTP/1.1 200 OK'): string =>
    [line, ...headers, '', body].join('\r\n');

  it.each([
    ['framed by its length', answer([LENGTH_2], '{}'), '{}'],
    ['of no bytes', answer(['content-length: 0']), ''],
    ['until the end', answer([], 'abc'), 'abc'],
    ['of HTTP/1.0', answer([], 'abc', 'HTTP/1.0 200 OK'), 'abc'],
    ['in chunks', answer([CHUNKED], '3\r\nabc\r\n2;a=b\r\nde\r\n0\r\nx-a: b\r\n\r\n'), 'abcde'],
    ['behind one to come', answer([], answer([LENGTH_2], '{}'), 'HTTP/1.1 103 Early Hints'), '{}'],
    ['without a reason', answer([LENGTH_2], '{}', 'HTTP/1.1 200'), '{}'],
    ['with bytes behind it', answer([LENGTH_2], '{}HTTP/1.1 200 OK\r\n\r\n'), '{}'],
  ])('%s', async (_what, bytes, body) => {
    const everyByte = Array.from(bytes, (_character, at) => at);
    for (const cuts of [[], everyByte]) {
      const [heard, expected] = await both(bytes, cuts);
      expect(heard).toMatchObject({ status: 200, body, whole: true });
      expect(comparable(heard)).toEqual(comparable(expected));
    }
  });

  it.each([
    ['shorter than its length', answer([LENGTH_2], '{')],
    ['without its last chunk', answer([CHUNKED], '3\r\nabc\r\n')],
    ['without its end', answer([CHUNKED], '3\r\nabc\r\n0\r\n')],
    ['cut in its head', 'HTTP/1.1 200 OK\r\ncontent-le'],
    ['that never comes', ''],
    ['with two lengths', answer([LENGTH_2, 'content-length: 3'], '{}')],
    ['with the same length twice', answer([LENGTH_2, LENGTH_2], '{}')],
    ['with a list of lengths', answer(['content-length: 2, 2'], '{}')],
    ['with a signed length', answer(['content-length: +2'], '{}')],
    ['with a length and chunks', answer([LENGTH_2, CHUNKED], '2\r\n{}\r\n0\r\n\r\n')],
    ['with a chunk of no size', answer([CHUNKED], '\r\n{}\r\n0\r\n\r\n')],
    ['with a chunk of an endless size', answer([CHUNKED], 'fffffffffffffffff\r\n{}')],
    ['with a chunk longer than its size', answer([CHUNKED], '1\r\n{}\r\n0\r\n\r\n')],
    ['with bare line feeds', answer([LENGTH_2], '{}').replaceAll('\r\n', '\n')],
    ['with bare line feeds between chunks', answer([CHUNKED], '2\n{}\n0\n\n')],
    ['with a space before a colon', answer(['content-length : 2'], '{}')],
    ['with a line without a colon', answer(['x-a', LENGTH_2], '{}')],
    ['with a folded line', answer(['x-a: b', ' c', LENGTH_2], '{}')],
    ['with a return too many at the end of its head', answer([LENGTH_2, 'x-a: b\r'], '{}')],
    ['with a control in a value', answer(['x-a: a\x01', LENGTH_2], '{}')],
    ['that switches protocols', answer(['upgrade: h2c', 'connection: upgrade'], '', 'HTTP/1.1 101 S')],
    ['with a head that is too large', answer([`x-a: ${'b'.repeat(17_000)}`, LENGTH_2], '{}')],
    ['of another protocol', 'SSH-2.0-OpenSSH_9.6\r\n'],
  ])('and so is none %s', async (_what, bytes) => {
    for (const cuts of [[], [5, 20, bytes.length - 1]]) {
      const [heard, expected] = await both(bytes, cuts);
      expect([heard.whole, expected.whole]).toEqual([false, false]);
    }
  });

  it.each([
    ['two transfer encodings', answer(['transfer-encoding: gzip, chunked'], '2\r\n{}\r\n0\r\n\r\n')],
    ['chunks of HTTP/1.0', answer([CHUNKED], '2\r\n{}\r\n0\r\n\r\n', 'HTTP/1.0 200 OK')],
    ['HTTP/2', answer([LENGTH_2], '{}', 'HTTP/2.0 200 OK')],
  ])('but for %s, which is refused', async (_what, bytes) => {
    const [heard, expected] = await both(bytes);
    expect([heard.whole, expected.whole]).toEqual([false, true]);
  });

  it('whatever comes in whatever pieces', async () => {
    const value = fc.oneof(
      fc.constantFrom('a', '', ' a\t', '2', '+2', '0', '02', '2, 2', 'chunked', 'Chunked', 'gzip, chunked'),
      fc.constantFrom(
        'identity',
        'keep-alive',
        'close',
        'a, close',
        'timeout=5',
        'é',
        'a\x0bb',
        'a\nb',
        'a\0',
      ),
      fc.string({ maxLength: 8 }),
    );
    const name = fc.constantFrom(
      ...[
        'content-length',
        'Content-Length',
        'transfer-encoding',
        'connection',
        'Keep-Alive',
        'content-type',
      ],
      ...['x-a', 'X-A', 'x a', '__proto__', 'toString', 'upgrade', ''],
    );
    const header = fc
      .tuple(name, fc.constantFrom(':', ': ', ':\t', ' :', ''), value)
      .map((parts) => parts.join(''));
    const line = fc.oneof(
      {
        arbitrary: fc.constantFrom(
          'HTTP/1.1 200 OK',
          'HTTP/1.1 429 Too Many',
          'HTTP/1.1 200',
          'HTTP/1.1 200 ',
        ),
        weight: 4,
      },
      fc.constantFrom(
        ...[
          'HTTP/1.0 200 OK',
          'HTTP/1.1 204 No',
          'HTTP/1.1 304 N',
          'HTTP/1.1 100 Continue',
          'HTTP/1.1 103 E',
        ],
        ...['HTTP/1.1 101 S', 'HTTP/1.1 999 x', 'HTTP/1.1 099 x', 'HTTP/1.1 20 x', 'HTTP/1.1  200 OK', ''],
        ...['HTTP/2.0 200 OK', 'http/1.1 200 OK', 'HTTP/1.1 2000 OK', 'HTTP/1.1 200\tOK', 'HTTP/1.12 200 OK'],
      ),
    );
    const chunks = fc.oneof(
      fc.constantFrom(
        ...['3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', 'a\r\n0123456789\r\n0\r\nx-t: a\r\n\r\n', '0\r\n\r\n'],
      ),
      fc
        .tuple(
          fc.constantFrom(
            '3',
            '03',
            '3;a=b',
            '3;a',
            '3 ',
            '0x3',
            'g',
            '',
            '-3',
            'fffffffffffffffff',
            'A',
            '3;a\0',
          ),
          fc.constantFrom('\r\n', '\r\n', '\n', '\r'),
          fc.constantFrom('abc', 'ab', 'abcd', '0123456789'),
          fc.constantFrom('\r\n', '\r\n', '\n', '', 'x'),
          fc.constantFrom('0\r\n\r\n', '0\r\nx: y\r\n\r\n', '0\n\n', '0\r\nx\n\r\n', '', '0\r\n'),
        )
        .map((parts) => parts.join('')),
    );
    const odd = fc
      .record({
        line,
        headers: fc.array(header, { maxLength: 4 }),
        end: fc.constantFrom('\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r'),
        inChunks: fc.boolean(),
        framed: fc.boolean(),
        body: fc.constantFrom('', '{}', '{', '{}\r\n'),
        chunks,
      })
      .map(({ line, headers, end, inChunks, framed, body, chunks }) => {
        const framing = inChunks ? CHUNKED : `content-length: ${body.length}`;
        return [line, ...headers, ...(framed ? [framing] : []), '', inChunks ? chunks : body].join(end);
      });
    const sane = fc.constantFrom(
      answer(['content-type: application/json', LENGTH_2], '{}'),
      answer([LENGTH_2, 'x-a: b', 'x-a: c', 'connection: close'], '{}'),
      answer([CHUNKED], '3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'),
      answer([], 'until the end'),
      answer([], answer([LENGTH_2], '{}'), 'HTTP/1.1 103 Early'),
    );
    const at = fc.nat({ max: 90 });
    const flipped = fc
      .tuple(sane, at, fc.nat({ max: 255 }))
      .map(([text, at, byte]) => text.slice(0, at) + String.fromCharCode(byte) + text.slice(at + 1));
    const cut = fc.tuple(sane, at).map(([text, at]) => text.slice(0, at));
    const answers = fc.oneof({ arbitrary: odd, weight: 5 }, { arbitrary: flipped, weight: 3 }, cut, sane);
    let [read, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(answers, fc.array(fc.nat({ max: 120 }), { maxLength: 3 }), async (bytes, cuts) => {
        const [heard, expected] = await both(bytes, cuts);
        if (heard.whole) read++;
        else refused++;
        if (heard.whole && expected.whole) expect(comparable(heard)).toEqual(comparable(expected));
        else if (heard.whole) expect(isAnyOf(LAXER, bytes)).toBe(true);
        else if (expected.whole) expect(isAnyOf(STRICTER, bytes)).toBe(true);
      }),
      { numRuns: 1_000 },
    );
    // Else it would show nothing of what is read here, or of what is not.
    expect(Math.min(read, refused)).toBeGreaterThan(200);
  });
});
