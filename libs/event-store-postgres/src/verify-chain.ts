import { type Position, position } from '@gatehouse/event-store';
import { CHAIN_START, type ChainedEvent, chainHash } from './chain';

export interface ChainRange {
  /** Exclusive; the event here is taken for true. The log's beginning by default. */
  readonly after?: Position;
  /** Inclusive; the log's end by default. */
  readonly upTo?: Position;
}

export interface ChainReport {
  /** How many events were recomputed, the broken one included. */
  readonly checked: number;
  readonly firstBreak?: ChainBreak;
}

export interface ChainBreak {
  readonly position: Position;
  /** `missing`: no event at this position, but later ones; `altered`: the event is not what its hash says. */
  readonly fault: 'missing' | 'altered';
}

export type ChainRow = readonly [
  position: string,
  revision: string,
  recordedAtUs: string,
  version: string,
  eventId: string,
  stream: string,
  type: string,
  data: string,
  metadata: string,
  hash: string,
  writer: string | null,
];

/** Columns of event_store.event in the order of ChainRow. */
export const CHAIN_COLUMNS = `"position", revision, (extract(epoch FROM recorded_at) * 1000000)::bigint - 946684800000000,
  version, event_id, stream, type, data, metadata, encode(hash, 'hex'), writer`;

/** Recomputes every hash of the range, page by page, and stops at the first break. */
export const verifyChain = async (
  readPage: (after: Position, limit: number) => Promise<readonly ChainRow[]>,
  { after = position(0n), upTo }: ChainRange,
): Promise<ChainReport> => {
  let previous = CHAIN_START;
  let checked = 0;
  let last: bigint = after;
  if (after > 0n) {
    const [row] = await readPage(position(after - 1n), 1);
    if (row === undefined || BigInt(row[0]) !== after) {
      return { checked, firstBreak: { position: after, fault: 'missing' } };
    }
    previous = Buffer.from(row[9], 'hex');
  }
  for (;;) {
    const rows = await readPage(position(last), PAGE);
    for (const row of rows) {
      const event = fromRowChained(row);
      if (upTo !== undefined && event.position > upTo) return { checked };
      checked++;
      const expected = position(last + 1n);
      if (event.position !== expected)
        return { checked, firstBreak: { position: expected, fault: 'missing' } };
      const hash = Buffer.from(row[9], 'hex');
      if (!hash.equals(chainHash(previous, event))) {
        return { checked, firstBreak: { position: expected, fault: 'altered' } };
      }
      previous = hash;
      last = event.position;
    }
    if (rows.length < PAGE) return { checked };
  }
};

const PAGE = 1_000;

const fromRowChained = (row: ChainRow): ChainedEvent => ({
  position: BigInt(row[0]),
  revision: BigInt(row[1]),
  recordedAtUs: BigInt(row[2]),
  version: BigInt(row[3]),
  eventId: row[4],
  stream: row[5],
  type: row[6],
  data: row[7],
  metadata: row[8],
  writer: row[10] ?? undefined,
});
