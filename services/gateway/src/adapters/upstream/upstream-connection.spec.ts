import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { gzipSync } from 'node:zlib';
import { makeAuthority } from '@gatehouse/certificates';
import { HostGuard, PrivateHosts } from '@gatehouse/hosts';
import { until } from '@gatehouse/kernel/testing';
import type { UpstreamCall, UpstreamFailure, UpstreamRequest } from '../../app/gateway.ports';
import { SplicedBody } from '../../domain/outgoing-body';
import { SocketUpstream, type SocketUpstreamOptions } from './socket-upstream';

const LOOPBACK = PrivateHosts.parse('127.0.0.0/8, localhost, ::1') as PrivateHosts;
/** More than a machine under load takes for what does not hang. */
const PATIENT_MS = 60_000;
const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}';
const STREAM = 'HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n';
const COMPRESSED = STREAM.replace('\r\n', '\r\ncontent-encoding: gzip\r\n');

/** One byte a letter. */
const chunkOf = (bytes: Buffer): string => `${bytes.length.toString(16)}\r\n${bytes.toString('latin1')}\r\n`;
const fail = (): never => {
  throw new Error('of a listener');
};

/** A call as it went. */
interface Made {
  readonly call: UpstreamCall;
  readonly heard: string[];
  bytes: number;
  /** `end`, or how it failed. */
  readonly over: Promise<UpstreamFailure | 'end'>;
}

let server: Server;
let sockets: Socket[];
/** What was asked, in all connections. */
let asked: string[];
/** Called with each request, when its body is there. */
let answer: (socket: Socket, text: string) => void;
let upstream: SocketUpstream | undefined;

const serve = (socket: Socket): void => {
  sockets.push(socket);
  let text = '';
  socket.on('error', () => undefined);
  socket.on('data', (bytes: Buffer) => {
    text += bytes.toString('latin1');
    const end = text.indexOf('\r\n\r\n');
    const length = Number(/content-length: (\d+)/.exec(text)?.[1] ?? 0);
    if (end < 0 || text.length < end + 4 + length) return;
    const request = text;
    text = '';
    asked.push(request);
    answer(socket, request);
  });
};

const portOf = (one: Server): number => (one.address() as AddressInfo).port;
const upstreamWith = (options: Partial<SocketUpstreamOptions> = {}): void => {
  upstream?.close();
  upstream = new SocketUpstream({
    hosts: new HostGuard(LOOPBACK),
    connectTimeoutMs: PATIENT_MS,
    headersTimeoutMs: PATIENT_MS,
    headers: ['content-type'],
    idleTimeoutMs: PATIENT_MS,
    connectionsMax: 100,
    ...options,
  });
};

const make = (
  request: Partial<UpstreamRequest> = {},
  onData = (): void => undefined,
  onEnd = (): void => undefined,
): Made => {
  const heard: string[] = [];
  const made = { heard, bytes: 0 };
  let call: UpstreamCall | undefined;
  const over = new Promise<UpstreamFailure | 'end'>((resolve) => {
    const baseUrl = `http://127.0.0.1:${portOf(server)}/v1`;
    call = upstream?.send(
      { baseUrl, path: '/chat', headers: { 'x-a': 'b' }, body: Buffer.from('{}'), ...request },
      {
        onSent: () => void heard.push('sent'),
        onHead: (status) => void heard.push(`head ${status}`),
        onData: (chunk) => {
          made.bytes += chunk.length;
          heard.push(chunk.length > 100 ? '…' : chunk.toString());
          onData();
        },
        onEnd: () => {
          onEnd();
          resolve('end');
        },
        onFailed: resolve,
      },
    );
  });
  return Object.assign(made, { call: call as UpstreamCall, over });
};

beforeEach(async () => {
  [sockets, asked] = [[], []];
  answer = (socket) => void socket.write(ANSWER);
  server = createServer({ noDelay: true }, serve);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  upstreamWith();
});
afterEach(() => {
  upstream?.close();
  for (const socket of sockets) socket.destroy();
  server.close();
});

describe('a request', () => {
  it('says what it was given, and its length', async () => {
    expect(await make().over).toBe('end');
    expect(asked).toEqual([
      `POST /v1/chat HTTP/1.1\r\nhost: 127.0.0.1:${portOf(server)}\r\nconnection: keep-alive\r\nx-a: b\r\ncontent-length: 2\r\n\r\n{}`,
    ]);
  });

  it('arrives whole, whatever its body is', async () => {
    const body = Buffer.from(Array.from({ length: 3_000_000 }, (_byte, at) => at % 256));
    for (const bytes of [0, 1, 16_384, 16_385, 3_000_000]) {
      expect(await make({ body: body.subarray(0, bytes) }).over).toBe('end');
      const [, ...sent] = (asked.pop() ?? '').split('\r\n\r\n');
      expect(sent.join('\r\n\r\n') === body.toString('latin1', 0, bytes)).toBe(true);
    }
  });

  it('arrives whole, whatever pieces its body is in', async () => {
    const bytes = Buffer.from(Array.from({ length: 200_000 }, (_byte, at) => at % 256));
    for (const cuts of [[0], [1, 9], [1_024], [1_025], [9, 2_000, 2_001, 150_000], [0, 0, 199_999]])
      for (const length of [300, 16_385, 200_000]) {
        const at = [0, ...cuts.map((cut) => Math.min(cut, length)), length];
        const spans = at.slice(1).map((end, index) => ({ start: at[index]!, end }));
        // Every other one is told as a text.
        const pieces = spans.map((span, index) =>
          index % 2 === 0 ? span : bytes.toString('latin1', span.start, span.end),
        );
        expect(await make({ body: new SplicedBody(bytes, pieces) }).over).toBe('end');
        const text = asked.pop() ?? '';
        const [head = ''] = text.split('\r\n\r\n', 1);
        expect(head).toContain(`content-length: ${length}`);
        const sent = Buffer.from(text.slice(head.length + 4), 'latin1');
        expect(sent.equals(bytes.subarray(0, length))).toBe(true);
      }
  });

  it('is read no more once it was answered or has failed, whatever of it has not left', async () => {
    server.removeAllListeners('connection');
    const bytes = 30_000_000;
    const answered = (after: number) =>
      ['answered', (socket: Socket) => socket.write(ANSWER), after] as const;
    for (const [way, ends, after] of [
      ...Array.from({ length: 8 }, (_, at) => answered(30 * at + 1)),
      ['ended', (socket: Socket) => socket.end(), 1],
      ['cancelled', () => undefined, 1],
      ['late', () => undefined, 1],
    ] as const) {
      upstreamWith(way === 'late' ? { headersTimeoutMs: 100 } : {});
      const heard: Buffer[] = [];
      const closed = new Promise<void>((resolve) =>
        server.once('connection', (socket: Socket) => {
          sockets.push(socket);
          socket.on('error', () => undefined);
          socket.on('close', () => resolve());
          socket.on('data', (piece: Buffer) => {
            if (heard.push(piece) !== after) return;
            // Room for more while it is answered; else what is read later has left before, or never does.
            if (way !== 'answered') socket.pause();
            ends(socket);
            setTimeout(() => socket.resume(), 300);
          });
        }),
      );
      const body = Buffer.alloc(bytes, 'a');
      const made = make({ body }, undefined, () => body.fill('b'));
      if (way === 'cancelled') {
        await until(() => heard.length > 0, 'the request to have begun');
        made.call.cancel();
      } else expect(await made.over).toBe(way === 'answered' ? 'end' : way === 'late' ? 'timeout' : 'broken');
      body.fill('b');
      await closed;
      const sent = Buffer.concat(heard);
      expect(sent.length).toBeLessThan(bytes);
      expect(sent.subarray(sent.indexOf('\r\n\r\n')).includes('b')).toBe(false);
    }
  });

  it.each([
    ['a value that ends its line', { headers: { 'x-a': 'b\r\nx-b: c' } }],
    ['a value with a line feed', { headers: { 'x-a': 'b\n' } }],
    ['a value beyond one byte a letter', { headers: { 'x-a': '漢' } }],
    ['a name that is none', { headers: { 'x-a: b\r\nx': 'c' } }],
    ['a length of its own', { headers: { 'Content-Length': '2' } }],
    ['a framing of its own', { headers: { 'transfer-encoding': 'chunked' } }],
    ['a path that ends its line', { path: '/a HTTP/1.1\r\nx-b: c' }],
  ])('with %s does not leave', async (_what, request) => {
    const { over, heard } = make(request);
    expect(await over).toBe('unreachable');
    expect(heard).toEqual([]);
    expect(sockets).toEqual([]);
  });
});

describe('a connection', () => {
  it('serves one call after the other', async () => {
    for (let calls = 0; calls < 3; calls++) expect(await make().over).toBe('end');
    expect(sockets).toHaveLength(1);
    expect(asked).toHaveLength(3);
  });

  it('serves one call at a time, and calls wait where there are as many as there may be', async () => {
    upstreamWith({ connectionsMax: 2 });
    let [now, most] = [0, 0];
    answer = (socket) => {
      most = Math.max(most, ++now);
      setTimeout(() => {
        now--;
        socket.write(ANSWER);
      }, 20);
    };
    const calls = Array.from({ length: 6 }, () => make().over);
    expect(await Promise.all(calls)).toEqual(Array(6).fill('end'));
    expect([most, sockets.length]).toEqual([2, 2]);
  });

  it('is made anew for the call that waits when one is lost', async () => {
    upstreamWith({ connectionsMax: 1 });
    answer = (socket) => void socket.destroy();
    const first = make();
    const second = make();
    expect([await first.over, await second.over]).toEqual(['broken', 'broken']);
    expect(sockets).toHaveLength(2);
  });

  it.each([
    ['its server closes it', 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\n{}'],
    ['it may be kept for no time', 'HTTP/1.1 200 OK\r\nkeep-alive: timeout=1\r\ncontent-length: 2\r\n\r\n{}'],
    ['more comes than was asked for', `${ANSWER}${ANSWER}`],
    ['a body comes that is none', 'HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n{}'],
    ['it is of HTTP/1.0', 'HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\n{}'],
  ])('serves no second call where %s', async (_what, text) => {
    answer = (socket) => void socket.write(text);
    const first = make();
    expect(await first.over).toBe('end');
    const second = make();
    expect(await second.over).toBe('end');
    expect(sockets).toHaveLength(2);
    expect(second.heard).toEqual(first.heard);
  });

  it('is not taken for the next call where something came that nobody asked for', async () => {
    await make().over;
    sockets[0]?.write(ANSWER.replace('{}', '[]'));
    await until(() => sockets[0]?.destroyed === true, 'the connection to be closed');
    const { over, heard } = make();
    expect(await over).toBe('end');
    expect(heard).toEqual(['sent', 'head 200', '{}']);
    expect(sockets).toHaveLength(2);
  });

  it('is closed before its server says that it closes it', async () => {
    upstreamWith({ idleTimeoutMs: 400 });
    answer = (socket) =>
      void socket.write('HTTP/1.1 200 OK\r\nkeep-alive: timeout=3\r\ncontent-length: 2\r\n\r\n{}');
    const begun = performance.now();
    await make().over;
    await once(sockets[0] as Socket, 'close');
    expect(performance.now() - begun).toBeLessThan(3_000);
    expect(performance.now() - begun).toBeGreaterThan(500);
  });

  it('serves no other call where it was answered before all was said', async () => {
    const body = Buffer.alloc(20_000_000);
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      sockets.push(socket);
      socket.on('error', () => undefined);
      socket.once('data', () => void socket.pause().write(ANSWER.replace('200 OK', '413 Too Large')));
    });
    const { over, heard } = make({ body });
    expect(await over).toBe('end');
    expect(heard).toEqual(['sent', 'head 413', '{}']);
    sockets[0]?.resume();
    await once(sockets[0] as Socket, 'close');
  });

  it('of its own serves no other call', async () => {
    await make().over;
    expect(await make({ ownConnection: true }).over).toBe('end');
    await until(() => sockets[1]?.destroyed === true, 'the second connection to be closed');
    expect(sockets[0]?.destroyed).toBe(false);
    await make().over;
    expect(sockets).toHaveLength(2);
  });
});

describe('a call fails', () => {
  const REFUSALS = {
    closed: (socket: Socket) => void socket.end(),
    reset: (socket: Socket) => void socket.resetAndDestroy(),
  };

  it.each(Object.entries(REFUSALS))(
    'as reset where a connection that served others was %s',
    async (_how, refuse) => {
      expect(await make().over).toBe('end');
      answer = refuse;
      const { over, heard } = make();
      expect(await over).toBe('reset');
      expect(heard).toEqual(['sent']);
    },
  );

  it.each(Object.entries(REFUSALS))('as broken where a new connection was %s', async (_how, refuse) => {
    answer = refuse;
    expect(await make().over).toBe('broken');
  });

  it('as broken where a byte of an answer came, and on a new connection by request', async () => {
    await make().over;
    answer = (socket) => void socket.end('H');
    expect(await make().over).toBe('broken');
    answer = (socket) => void socket.write(ANSWER);
    await make().over;
    answer = (socket) => void socket.end();
    expect(await make({ ownConnection: true }).over).toBe('broken');
  });

  it('where nobody listens, and nothing was sent', async () => {
    const closed = createServer();
    await once(closed.listen(0, '127.0.0.1'), 'listening');
    const port = portOf(closed);
    await new Promise((resolve) => closed.close(resolve));
    const { over, heard } = make({ baseUrl: `http://127.0.0.1:${port}` });
    expect(await over).toBe('unreachable');
    expect(heard).toEqual([]);
  });

  it('where a connection does not come about in time, and nothing was sent', async () => {
    upstreamWith({ connectTimeoutMs: 100, hosts: new HostGuard(LOOPBACK, () => undefined) });
    const { over, heard } = make({ baseUrl: `http://localhost:${portOf(server)}` });
    expect(await over).toBe('unreachable');
    expect(heard).toEqual([]);
  });

  it('where no answer comes in time', async () => {
    upstreamWith({ headersTimeoutMs: 200 });
    answer = () => undefined;
    const begun = performance.now();
    expect(await make().over).toBe('timeout');
    expect(performance.now() - begun).toBeGreaterThan(195);
    await until(() => sockets[0]?.destroyed === true, 'the connection to be closed');
  });

  it('where its head comes too slowly', async () => {
    upstreamWith({ headersTimeoutMs: 300 });
    answer = (socket) => {
      const drops = setInterval(() => socket.write('HTTP/1.1 103 Early Hints\r\n\r\n'), 20);
      socket.on('close', () => clearInterval(drops));
    };
    expect(await make().over).toBe('timeout');
  });

  it('where a body is silent too long, and not where its call does not listen', async () => {
    upstreamWith({ idleTimeoutMs: 200 });
    answer = (socket) => void socket.write(`${STREAM}1\r\na\r\n`);
    const made = make({}, () => made.call.pause());
    await until(() => made.bytes === 1, 'the first byte');
    await sleep(600);
    made.call.resume();
    const begun = performance.now();
    expect(await made.over).toBe('timeout');
    expect(performance.now() - begun).toBeGreaterThan(195);
  });

  it.each([
    ['', ANSWER],
    [' of what is compressed', `${COMPRESSED}${chunkOf(gzipSync('{}'))}0\r\n\r\n`],
  ])('where its listener%s does, and no other call with it', async (_what, whole) => {
    answer = (socket) => void socket.write(whole, 'latin1');
    expect(await make({}, fail).over).toBe('broken');
    expect(await make({}, undefined, fail).over).toBe('broken');
    expect(await make().over).toBe('end');
  });

  it('where its listener does in the midst of what is compressed: it hears no more, and its connection is closed', async () => {
    answer = (socket) => void socket.write(`${COMPRESSED}${chunkOf(gzipSync('a'))}`, 'latin1');
    const made = make({}, () => {
      if (made.bytes > 1) fail();
      made.call.pause();
    });
    await until(() => made.bytes === 1, 'the first letter');
    for (const letter of 'bcd') {
      sockets[0]?.write(chunkOf(gzipSync(letter)), 'latin1');
      await sleep(50);
    }
    made.call.resume();
    expect(await made.over).toBe('broken');
    // One piece more, of as many letters as were read together.
    expect(made.heard).toEqual(['sent', 'head 200', 'a', expect.stringMatching(/^b/)]);
    await until(() => sockets[0]?.destroyed === true, 'the connection to be closed');
  });

  it('where the gateway stops', async () => {
    answer = () => undefined;
    const made = make();
    await until(() => asked.length === 1, 'the request');
    const waiting = make({ baseUrl: `http://localhost:${portOf(server)}` });
    upstream?.close();
    expect([await made.over, await waiting.over]).toEqual(['broken', 'unreachable']);
  });
});

describe('a cancelled call', () => {
  it('closes its connection at once, and hears no more', async () => {
    answer = (socket) => void socket.write(`${STREAM}1\r\na\r\n`);
    const made = make();
    await until(() => made.bytes === 1, 'the first byte');
    made.call.cancel();
    await until(() => sockets[0]?.destroyed === true, 'the connection to be closed');
    const later = await Promise.race([made.over, sleep(50, 'nothing')]);
    expect(later).toBe('nothing');
  });

  it('is not sent where it has no connection yet', async () => {
    const made = make();
    made.call.cancel();
    expect(await make().over).toBe('end');
    expect(asked).toHaveLength(1);
    expect(made.heard).toEqual([]);
  });

  it('leaves the connection alone when its answer was whole', async () => {
    const made = make();
    await made.over;
    made.call.cancel();
    expect(await make().over).toBe('end');
    expect(sockets).toHaveLength(1);
  });
});

describe('a stream', () => {
  it('is told as it comes: what one read brings of its chunks is one piece', async () => {
    answer = (socket) => void socket.write(`${STREAM}1\r\na\r\n2\r\nbc\r\n`);
    const made = make();
    const { over, heard } = made;
    await until(() => made.bytes === 3, 'the first piece');
    sockets[0]?.write('1;x=y\r\nd\r\n0\r\n\r\n');
    expect(await over).toBe('end');
    expect(heard).toEqual(['sent', 'head 200', 'abc', 'd']);
  });

  it('is not read further than it is listened to', async () => {
    const CHUNK = Buffer.alloc(1_000_000, 'x');
    const CHUNKS = 30;
    answer = (socket) => {
      socket.write(STREAM);
      for (let chunks = 0; chunks < CHUNKS; chunks++) {
        socket.write(`${CHUNK.length.toString(16)}\r\n`);
        socket.write(CHUNK);
        socket.write('\r\n');
      }
      socket.write('0\r\n\r\n');
    };
    const made = make({}, () => {
      if (made.heard.length === 3) made.call.pause();
    });
    await until(() => made.heard.length >= 3, 'the first piece');
    await sleep(200);
    expect(made.bytes).toBeLessThan(1_000_000);
    expect(sockets[0]?.writableLength).toBeGreaterThan(1_000_000);
    made.call.resume();
    expect(await made.over).toBe('end');
    expect(made.bytes).toBe(CHUNK.length * CHUNKS);
  });

  it('that is compressed all the same is told plain, and its connection serves on', async () => {
    const text = 'lorem ipsum '.repeat(100_000);
    const body = gzipSync(text);
    answer = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: ${body.length}\r\n\r\n`);
      socket.write(body);
    };
    const made = make({}, () => {
      made.call.pause();
      setImmediate(() => made.call.resume());
    });
    expect(await made.over).toBe('end');
    expect(made.bytes).toBe(text.length);
    answer = (socket) => void socket.write(ANSWER);
    await make().over;
    expect(sockets).toHaveLength(1);
    answer = (socket) =>
      void socket.write('HTTP/1.1 200 OK\r\ncontent-encoding: gzip\r\ncontent-length: 2\r\n\r\n{}');
    expect(await make().over).toBe('broken');
  });
});

/** A server that answers at once, in a thread of its own: what it is asked has hardly left by then. Tells its port, then each connection. */
const QUICK_SERVER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const server = require('node:tls').createServer({ ...workerData, noDelay: true }, (socket) => {
    parentPort.postMessage('connection');
    socket.on('error', () => undefined).on('data', () => socket.write(${JSON.stringify(ANSWER)}));
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));
`;

describe('over TLS', () => {
  let identity: { readonly cert: string; readonly key: string };
  let secure: Server;
  let baseUrl: string;
  /** Of each connection, whether it went on where an earlier one had been. */
  let resumed: boolean[];

  beforeEach(async () => {
    const { certificate, key } = await makeAuthority('somebody', {
      from: new Date(Date.now() - 60_000),
      days: 1,
    });
    resumed = [];
    identity = { cert: certificate, key };
    secure = createTlsServer(identity, (socket) => {
      resumed.push(socket.isSessionReused());
      serve(socket);
    }).on('tlsClientError', () => undefined);
    await once(secure.listen(0, '127.0.0.1'), 'listening');
    baseUrl = `https://127.0.0.1:${portOf(secure)}`;
  });
  afterEach(() => {
    delete process.env['NODE_TLS_REJECT_UNAUTHORIZED'];
    secure.close();
  });

  const isToldNothing = async (url: string): Promise<void> => {
    const { over, heard } = make({ baseUrl: url });
    expect(await over).toBe('unreachable');
    expect(heard).toEqual([]);
    expect(asked).toEqual([]);
  };

  it('whose certificate nobody signed is told nothing', () => isToldNothing(baseUrl));

  it.each([
    ['who speaks plain text', (socket: Socket) => void socket.write(ANSWER)],
    ['who leaves', (socket: Socket) => void socket.end()],
  ])('%s is told nothing', async (_who, say) => {
    server.removeAllListeners('connection');
    server.on('connection', (socket: Socket) => {
      socket.on('error', () => undefined).once('data', () => say(socket));
    });
    await isToldNothing(`https://127.0.0.1:${portOf(server)}`);
  });

  it('calls go as they do without, and new connections go on where others were', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const body = Buffer.alloc(100_000, 'x');
    const sizes = [2, 100_000];
    for (const bytes of sizes)
      expect(await make({ baseUrl, body: body.subarray(0, bytes) }).over).toBe('end');
    expect(sockets).toHaveLength(1);
    expect(asked.map((text) => text.split('\r\n\r\n')[1]?.length)).toEqual(sizes);
    const alone = make({ baseUrl, ownConnection: true });
    expect(await alone.over).toBe('end');
    expect(alone.heard).toEqual(['sent', 'head 200', '{}']);
    expect(resumed).toEqual([false, true]);
  });

  it('connections serve on whose servers are quick', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const quick = new Worker(QUICK_SERVER, { eval: true, workerData: identity });
    const [port] = (await once(quick, 'message')) as [number];
    let connections = 0;
    quick.on('message', () => connections++);
    const CALLERS = 4;
    const callers = Array.from({ length: CALLERS }, async () => {
      for (let calls = 0; calls < 50; calls++)
        expect(await make({ baseUrl: `https://127.0.0.1:${port}` }).over).toBe('end');
    });
    await Promise.all(callers);
    await quick.terminate();
    expect(connections).toBe(CALLERS);
  });

  it('a stream is not read further than it is listened to', async () => {
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0';
    const CHUNK = Buffer.alloc(10_000_000, 'x');
    answer = (socket) => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${CHUNK.length}\r\n\r\n`);
      socket.write(CHUNK);
    };
    const made = make({ baseUrl }, () => {
      if (made.heard.length === 3) made.call.pause();
    });
    await until(() => made.heard.length >= 3, 'the first piece');
    await sleep(200);
    expect(made.bytes).toBeLessThan(1_000_000);
    made.call.resume();
    expect(await made.over).toBe('end');
    expect(made.bytes).toBe(CHUNK.length);
  });
});
