import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { UsageRecord } from '../../domain/usage-record';
import type { UntoldRecord } from '../usage/usage-publisher';
import { bytesOfVarint } from './entry-block';

/** The fields of a record among other bytes, or of what has changed of it. */
export interface RecordFields {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** What was settled, as the journal has it: the fields of its record, or of what has changed of it. */
export interface SettledRecord extends RecordFields {
  readonly requestId: string;
  readonly attempt: number;
  readonly provisionId: string;
  readonly settledAt: Date;
  /** Of whose fields those are the changes; absent where they are all of it. */
  readonly opened: RecordFields | undefined;
}

/** @param at where the fields are in the bytes. */
export const settledOf = (
  record: UsageRecord,
  opened: RecordFields | undefined,
  bytes: Uint8Array,
  at: Pick<RecordFields, 'from' | 'to'>,
): SettledRecord => ({
  requestId: record.requestId,
  attempt: record.attempt,
  provisionId: record.provisionId,
  settledAt: record.settledAt ?? record.admittedAt,
  opened,
  bytes,
  from: at.from,
  to: at.to,
});

/** As Protobuf tags them: of an entry, what becomes of an attempt; of that, its record, or what has changed of it; of those and of a time, fields by their numbers. */
const OPENED = (1 << 3) | 2;
const SETTLED = (2 << 3) | 2;
const SETTLEMENT = (8 << 3) | 2;
const RECORD = (1 << 3) | 2;
const OPENED_AT = 3 << 3;
const REQUEST_ID = (1 << 3) | 2;
const ATTEMPT = 2 << 3;
const PROVISION_ID = (5 << 3) | 2;
const ADMITTED_AT = (17 << 3) | 2;
const SETTLED_AT = (18 << 3) | 2;
const SECONDS = 1 << 3;
const NANOS = 2 << 3;

/** How long its message is. */
export const messageBytesOf = (settled: SettledRecord): number => {
  const bytes = recordBytesOf(settled);
  return 1 + bytesOfVarint(bytes) + bytes;
};

const recordBytesOf = ({ opened, from, to }: SettledRecord): number =>
  to - from + (opened ? opened.to - opened.from : 0);

/**
 * A `gatehouse.events.v1.UsageRecorded`, which has a record and nothing else: of what is told by its changes the fields that it was opened
 * with come first, and those that have changed count in their place.
 *
 * @returns where it ends.
 */
export const writeMessage = (settled: SettledRecord, into: Buffer, begin: number): number => {
  let at = begin;
  into[at++] = RECORD;
  for (let rest = recordBytesOf(settled); ; rest >>>= 7) {
    into[at++] = rest > 0x7f ? (rest & 0x7f) | 0x80 : rest;
    if (rest <= 0x7f) break;
  }
  if (settled.opened) at = copyFields(settled.opened, into, at);
  return copyFields(settled, into, at);
};

const copyFields = ({ bytes, from, to }: RecordFields, into: Buffer, at: number): number => {
  into.set(bytes.subarray(from, to), at);
  return at + to - from;
};

/**
 * What an entry of the journal says of what was settled, undefined of one that settles nothing. Whoever is behind reads thousands of them a second: of
 * each only what its message is told by, and the fields of the record as they stand.
 *
 * @param entryAt the entry that begins there in the segment; undefined where it cannot be read, and then nothing is told.
 */
export const settledIn = (
  entry: Uint8Array,
  entryAt: (offset: number) => Uint8Array | undefined,
): SettledRecord | undefined => {
  const kind = entry[0];
  if (kind !== SETTLED && kind !== SETTLEMENT) return undefined;
  const reader = new BinaryReader(entry);
  const settled = recordIn(entry, reader);
  const told = { requestId: '', attempt: 0, provisionId: '', settledAt: new Date(0) };
  if (kind === SETTLED) {
    readTold(reader, settled, told);
    return { ...told, ...settled, opened: undefined };
  }
  const opening = entryAt(openedAtOf(reader, settled));
  if (!opening) return undefined;
  const openingReader = new BinaryReader(opening);
  const opened = recordIn(opening, openingReader);
  readTold(openingReader, opened, told);
  const { requestId, attempt } = told;
  readTold(reader, settled, told);
  if (opening[0] !== OPENED || told.requestId !== requestId || told.attempt !== attempt)
    throw new Error(`attempt ${told.requestId}.${told.attempt} of the journal without its opening`);
  return { ...told, ...settled, opened };
};

/** Behind the tags and the lengths of its entry, of which it is the first that there is. */
const recordIn = (entry: Uint8Array, reader: BinaryReader): RecordFields => {
  reader.uint32();
  reader.uint32();
  if (reader.uint32() !== RECORD) throw new Error('an attempt of the journal without its record');
  const length = reader.uint32();
  return { bytes: entry, from: reader.pos, to: reader.pos + length };
};

/** Behind the changes and what they cost each lease. */
const openedAtOf = (reader: BinaryReader, { to }: RecordFields): number => {
  reader.pos = to;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === OPENED_AT) return Number(reader.uint64());
    reader.skip(tag & 7);
  }
  return 0;
};

/** Fields are written in the order of their numbers. */
const readTold = (reader: BinaryReader, { from, to }: RecordFields, told: Mutable<Told>): void => {
  reader.pos = from;
  for (let tag = 0; reader.pos < to && tag < SETTLED_AT;) {
    tag = reader.uint32();
    if (tag === REQUEST_ID) told.requestId = reader.string();
    else if (tag === ATTEMPT) told.attempt = reader.int32();
    else if (tag === PROVISION_ID) told.provisionId = reader.string();
    else if (tag === ADMITTED_AT || tag === SETTLED_AT) told.settledAt = timeAt(reader);
    else reader.skip(tag & 7);
  }
};

/** What its message is told by. */
type Told = Omit<UntoldRecord, 'message'>;

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** In milliseconds, as all times of a record are. */
const timeAt = (reader: BinaryReader): Date => {
  const to = reader.uint32() + reader.pos;
  let [seconds, nanos] = [0, 0];
  while (reader.pos < to) {
    const tag = reader.uint32();
    if (tag === SECONDS) seconds = Number(reader.int64());
    else if (tag === NANOS) nanos = reader.int32();
    else reader.skip(tag & 7);
  }
  return new Date(seconds * 1_000 + Math.trunc(nanos / 1_000_000));
};
