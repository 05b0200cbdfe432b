import { openSync, readSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { HEAD_END, lengthIn } from './http-bytes';

/**
 * Each connection sends its next request when the one before is answered, until the time is over: at once, or no more often than
 * is said. Where it is said, what a request waited for the answer before it counts as its own time.
 */
export interface LoadOrder {
  readonly port: number;
  /** Whether that port speaks TLS; by whom its certificate was signed is not asked. */
  readonly tls?: boolean;
  readonly connections: number;
  readonly ms: number;
  readonly path: string;
  /** What is asked, each by turns. */
  readonly asked: readonly Asked[];
  /** Requests of all connections together; absent: as many as are answered. */
  readonly perSecond?: number;
}

export interface Asked {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface LoadFigures {
  readonly answered: number;
  /** Of a rate: how many of the answered came while this process did not have to wait for its processor, and their p99. */
  readonly undisturbed: number;
  readonly undisturbedP99Ms: number;
  /** Answers of another status than 200, and connections that ended. */
  readonly failed: number;
  /** The first of them, in its own words. */
  readonly firstFailure?: string;
  readonly tookMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** To the first byte of the body, at the median. */
  readonly firstByteMs: number;
}

/** Its second number: how long a thread has waited for a processor while it could have run, in nanoseconds (Documentation/scheduler/sched-stats.rst). */
const SCHEDSTAT = openSync('/proc/self/schedstat', 'r');
const SAID = Buffer.alloc(128);

/** Of this thread, in milliseconds. */
const waitedForProcessor = (): number => {
  const length = readSync(SCHEDSTAT, SAID, 0, SAID.length, 0);
  return Number(SAID.toString('latin1', 0, length).split(' ')[1]) / 1_000_000;
};

/** Whoever waits longer for his processor, in milliseconds, does not know when the answer came. */
const WAITED_MAX_MS = 0.1;

const CHUNKS_END = Buffer.from('0\r\n\r\n');

interface Load {
  readonly requests: readonly Buffer[];
  readonly until: number;
  /** Between two requests of a connection, in milliseconds; 0: none. */
  readonly everyMs: number;
  readonly took: number[];
  readonly firstByte: number[];
  readonly undisturbed: number[];
  failed: number;
  firstFailure?: string;
  /** How many have been sent. */
  sent: number;
}

/** One connection, one request at a time. */
class Caller {
  private begun = 0;
  private due = 0;
  private waited = 0;
  private firstOfBody = true;
  private head: string | undefined;
  private left: number | undefined;
  private tail: Buffer = Buffer.alloc(0);
  private readonly ended: Promise<void>;

  constructor(
    private readonly socket: Socket,
    private readonly load: Load,
  ) {
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => this.hear(bytes));
    socket.on('error', ({ message }) => this.fail(message));
    this.ended = new Promise((resolve) => socket.once('close', () => resolve()));
  }

  /** @param share of the time between two of its requests that passes before its first. */
  run(share: number): Promise<void> {
    this.due = performance.now() + share * this.load.everyMs;
    this.sendWhenDue();
    return this.ended;
  }

  private sendWhenDue(): void {
    const now = performance.now();
    const { due } = this;
    this.due += this.load.everyMs;
    if (due > now) setTimeout(() => this.sendNow(), due - now);
    // What had to wait for the answer before it waited for the server too.
    else this.send(this.load.everyMs > 0 ? due : now);
  }

  private sendNow(): void {
    this.waited = waitedForProcessor();
    this.send(performance.now());
  }

  private send(begun: number): void {
    this.head = undefined;
    this.tail = Buffer.alloc(0);
    this.begun = begun;
    const { load } = this;
    this.socket.write(load.requests[load.sent++ % load.requests.length] ?? '');
  }

  private hear(bytes: Buffer): void {
    let body = bytes;
    if (this.head === undefined) {
      const all = this.tail.length > 0 ? Buffer.concat([this.tail, bytes]) : bytes;
      const end = all.indexOf(HEAD_END);
      if (end < 0) return void (this.tail = all);
      this.head = all.toString('latin1', 0, end);
      this.left = lengthIn(this.head);
      this.tail = Buffer.alloc(0);
      body = all.subarray(end + HEAD_END.length);
    }
    if (body.length === 0) return;
    if (this.firstOfBody) this.load.firstByte.push(performance.now() - this.begun);
    this.firstOfBody = false;
    if (this.isWhole(body)) this.answered(body);
  }

  private fail(how: string): void {
    this.load.failed++;
    this.load.firstFailure ??= how;
  }

  private isWhole(body: Buffer): boolean {
    if (this.left !== undefined) return (this.left -= body.length) <= 0;
    this.tail = Buffer.concat([this.tail, body]).subarray(-CHUNKS_END.length);
    return this.tail.equals(CHUNKS_END);
  }

  private took(ms: number): void {
    const { took, undisturbed, everyMs } = this.load;
    took.push(ms);
    if (everyMs > 0 && waitedForProcessor() - this.waited <= WAITED_MAX_MS) undisturbed.push(ms);
  }

  private answered(last: Buffer): void {
    const now = performance.now();
    this.firstOfBody = true;
    if (this.head?.startsWith('HTTP/1.1 200')) this.took(now - this.begun);
    else this.fail(`${this.head?.split('\r\n')[0]} ${last.toString('utf8')}`);
    if (now < this.load.until) this.sendWhenDue();
    else this.socket.destroy();
  }
}

const requestOf = (path: string, { headers, body }: Asked): Buffer => {
  const all = { host: 'bench', 'content-type': 'application/json', ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.from(
    `POST ${path} HTTP/1.1\r\n${lines.join('')}content-length: ${Buffer.byteLength(body)}${HEAD_END}${body}`,
  );
};

const connected = ({ port, tls = false }: LoadOrder): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket: Socket = tls
      ? connectTls({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => resolve(socket))
      : connect(port, '127.0.0.1', () => resolve(socket));
    socket.once('error', reject);
  });

const run = async (order: LoadOrder): Promise<LoadFigures> => {
  const sockets = await Promise.all(Array.from({ length: order.connections }, () => connected(order)));
  const begun = performance.now();
  const load: Load = {
    requests: order.asked.map((asked) => requestOf(order.path, asked)),
    until: begun + order.ms,
    everyMs: order.perSecond === undefined ? 0 : (order.connections * 1_000) / order.perSecond,
    took: [],
    firstByte: [],
    undisturbed: [],
    failed: 0,
    sent: 0,
  };
  // One after the other: of a rate as many begin in each moment, and no turn has worse luck than another.
  await Promise.all(sockets.map((socket, at) => new Caller(socket, load).run(at / sockets.length)));
  const at = (values: number[], share: number): number =>
    values.sort((a, b) => a - b)[Math.ceil(values.length * share) - 1] ?? Number.NaN;
  return {
    answered: load.took.length,
    undisturbed: load.undisturbed.length,
    undisturbedP99Ms: at(load.undisturbed, 0.99),
    failed: load.failed,
    ...(load.firstFailure !== undefined && { firstFailure: load.firstFailure }),
    tookMs: performance.now() - begun,
    p50Ms: at(load.took, 0.5),
    p99Ms: at(load.took, 0.99),
    firstByteMs: at(load.firstByte, 0.5),
  };
};

process.on('message', (order: LoadOrder) => void run(order).then((figures) => process.send?.(figures)));
process.on('disconnect', () => process.exit());
