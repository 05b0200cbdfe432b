import { createHash } from 'node:crypto';

/** What one link of the chain binds, as the table holds it. */
export interface ChainedEvent {
  readonly position: bigint;
  readonly revision: bigint;
  /** Microseconds since 2000-01-01 UTC, as Postgres counts. */
  readonly recordedAtUs: bigint;
  readonly version: bigint;
  readonly eventId: string;
  readonly stream: string;
  readonly type: string;
  /** The canonical JSON, to the byte. */
  readonly data: string;
  readonly metadata: string;
  /** Undefined in events from before writers were kept. */
  readonly writer: string | undefined;
}

/** What the first event is chained to. */
export const CHAIN_START = Buffer.alloc(32);

/** The hash that event_store.append stores: the comment on event_store.event.hash is the specification of both. */
export const chainHash = (previous: Buffer, event: ChainedEvent): Buffer => {
  const numbers = Buffer.alloc(32);
  [event.position, event.revision, event.recordedAtUs, event.version].forEach((value, index) =>
    numbers.writeBigInt64BE(value, index * 8),
  );
  const texts = [event.stream, event.type, event.data, event.metadata, event.writer]
    .filter((text) => text !== undefined)
    .map((text) => Buffer.from(text, 'utf8'));
  const lengths = Buffer.alloc(4 * texts.length);
  texts.forEach(({ length }, index) => lengths.writeInt32BE(length, index * 4));
  const hash = createHash('sha256').update(previous).update(numbers);
  hash.update(Buffer.from(event.eventId.replaceAll('-', ''), 'hex')).update(lengths);
  for (const text of texts) hash.update(text);
  return hash.digest();
};
