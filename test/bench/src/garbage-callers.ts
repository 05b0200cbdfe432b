import { randomBytes } from 'node:crypto';
import { type ClientHttp2Session, connect } from 'node:http2';
import { setTimeout as sleep } from 'node:timers/promises';
import { randomId } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { status } from '@grpc/grpc-js';

/** What keys that nobody issued look like: of today's form, or of the older one, which has no check value. */
export const GARBAGE = {
  'wrong check value': () => `_${randomBytes(9).toString('base64url')}`,
  'older form': () => '',
} satisfies Record<string, () => string>;
export type Garbage = keyof typeof GARBAGE;

export interface GarbageOrder {
  readonly address: string;
  readonly garbage: Garbage;
  readonly callers: number;
  /** Callers that share a connection. */
  readonly perConnection: number;
  /** What each caller waits from the begin of one stream to the next. */
  readonly everyMs: number;
  /** Over which their first streams are spread; 0 for all at once. */
  readonly spreadMs: number;
}

/** How far a flood has come. */
export interface GarbageFigures {
  /** Streams that were answered with a refusal. */
  readonly refused: number;
  /** Streams that ended with their connection, or that nobody answered. */
  readonly cut: number;
}

/** A caller waits no longer for an answer, and gives up the connection that has none for him. */
const PATIENCE_MS = 1_000;
const EMPTY_MESSAGE = Buffer.alloc(5);
const PATH = provisioningV1.OrganizationServiceService.getOrganization.path;

const newKey = (garbage: Garbage): string => {
  const id = randomId('key', randomBytes(17)).slice('key_'.length);
  return `gh_${id}_${randomBytes(32).toString('base64url')}${GARBAGE[garbage]()}`;
};

/** A connection that is made again, for whoever has something to ask, when it was closed. */
class Line {
  private session?: ClientHttp2Session;

  constructor(private readonly address: string) {}

  get open(): ClientHttp2Session {
    if (this.session && !this.session.closed && !this.session.destroyed) return this.session;
    this.session = connect(`http://${this.address}`);
    // Its streams are told too.
    this.session.on('error', () => undefined);
    return this.session;
  }
}

/**
 * A stream as bytes on the wire, which costs the machine less than a client would; the status of the answer, undefined
 * where there is none.
 */
const openStream = (session: ClientHttp2Session, key: string): Promise<number | undefined> =>
  new Promise((resolve) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: `Bearer ${key}`,
    });
    const patience = setTimeout(() => session.destroy(), PATIENCE_MS);
    stream
      .once('response', (headers) => resolve(Number(headers['grpc-status'])))
      .once('error', () => undefined)
      .once('close', () => {
        clearTimeout(patience);
        resolve(undefined);
      });
    stream.resume().end(EMPTY_MESSAGE);
  });

/** The child's side of a flood: callers that never give up. Counts what became of their streams. */
const callForEver = ({ address, garbage, callers, perConnection, everyMs, spreadMs }: GarbageOrder): void => {
  const figures = { refused: 0, cut: 0 };
  const lines = Array.from({ length: Math.ceil(callers / perConnection) }, () => new Line(address));
  const call = async (caller: number): Promise<void> => {
    const line = lines[caller % lines.length] as Line;
    await sleep((caller / callers) * spreadMs);
    for (;;) {
      const next = sleep(everyMs);
      // Some are told TOO_MANY_CALLS instead: those find no place where keys are looked up.
      const answer = await openStream(line.open, newKey(garbage));
      if (answer === status.OK) throw new Error('a key that nobody issued was not refused');
      figures[answer === undefined ? 'cut' : 'refused']++;
      await next;
    }
  };
  for (let caller = 0; caller < callers; caller++) void call(caller);
  process.on('message', () => process.send?.(figures satisfies GarbageFigures));
};

if (process.send) {
  // It is asked to get ready before it has its order.
  process.once('message', () => {
    process.once('message', (order: GarbageOrder) => callForEver(order));
    process.send?.('ready');
  });
  process.once('disconnect', () => process.exit());
}
