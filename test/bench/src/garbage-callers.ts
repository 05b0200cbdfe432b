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
  /** What each caller waits from the begin of one stream to the next. */
  readonly everyMs: number;
  /** Over which their first streams are spread; 0 for all at once. */
  readonly spreadMs: number;
}

/** A server takes 1,000 streams of a connection at a time. */
const CALLERS_PER_CONNECTION = 500;
const EMPTY_MESSAGE = Buffer.alloc(5);
const PATH = provisioningV1.OrganizationServiceService.getOrganization.path;

const newKey = (garbage: Garbage): string => {
  const id = randomId('key', randomBytes(17)).slice('key_'.length);
  return `gh_${id}_${randomBytes(32).toString('base64url')}${GARBAGE[garbage]()}`;
};

/** A stream as bytes on the wire, which costs the machine less than a client would; the status of the answer. */
const openStream = (session: ClientHttp2Session, key: string): Promise<number> =>
  new Promise((resolve, reject) => {
    const stream = session.request({
      ':method': 'POST',
      ':path': PATH,
      'content-type': 'application/grpc',
      te: 'trailers',
      authorization: `Bearer ${key}`,
    });
    stream.once('response', (headers) => resolve(Number(headers['grpc-status']))).once('error', reject);
    stream.resume().end(EMPTY_MESSAGE);
  });

/** The child's side of a flood: callers that never give up. Counts who was refused. */
const callForEver = ({ address, garbage, callers, everyMs, spreadMs }: GarbageOrder): void => {
  let refused = 0;
  const sessions = Array.from({ length: Math.ceil(callers / CALLERS_PER_CONNECTION) }, () =>
    connect(`http://${address}`),
  );
  const call = async (caller: number): Promise<void> => {
    const session = sessions[caller % sessions.length] as ClientHttp2Session;
    await sleep((caller / callers) * spreadMs);
    for (;;) {
      const next = sleep(everyMs);
      // Some are told TOO_MANY_CALLS instead: those find no place where keys are looked up.
      if ((await openStream(session, newKey(garbage))) === status.OK)
        throw new Error('a key that nobody issued was not refused');
      refused++;
      await next;
    }
  };
  for (let caller = 0; caller < callers; caller++) void call(caller);
  process.on('message', () => process.send?.(refused));
};

if (process.send) {
  process.once('message', (order: GarbageOrder) => callForEver(order));
  process.once('disconnect', () => process.exit());
}
