import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { UntoldRecord } from '../usage/usage-publisher';
import { bytesOfVarint } from './entry-block';

/** The fields of a record among other bytes, or of what has changed of it. */
export interface RecordFields {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

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

/**
 * A `gatehouse.events.v1.UsageRecorded`, which has a record and nothing else.
 *
 * @param opened absent where `settled` is all of it; else its fields come first, and those of `settled` count in their place.
 */
export const messageOf = (opened: RecordFields | undefined, settled: RecordFields): Uint8Array => {
  const length = lengthOf(settled) + (opened ? lengthOf(opened) : 0);
  const message = Buffer.allocUnsafe(1 + bytesOfVarint(length) + length);
  message[0] = RECORD;
  let at = 1;
  for (let rest = length; ; rest >>>= 7) {
    message[at++] = rest > 0x7f ? (rest & 0x7f) | 0x80 : rest;
    if (rest <= 0x7f) break;
  }
  if (opened) {
    message.set(opened.bytes.subarray(opened.from, opened.to), at);
    at += lengthOf(opened);
  }
  message.set(settled.bytes.subarray(settled.from, settled.to), at);
  return message;
};

const lengthOf = ({ from, to }: RecordFields): number => to - from;

/**
 * What an entry of the journal tells the bus, undefined of one that settles nothing. Whoever is behind reads thousands of them a second: of
 * each only what its message is told by, and the fields of the record as they stand.
 *
 * @param entryAt the entry that begins there in the segment; undefined where it cannot be read, and then nothing is told.
 */
export const untoldIn = (
  entry: Uint8Array,
  entryAt: (offset: number) => Uint8Array | undefined,
): UntoldRecord | undefined => {
  const kind = entry[0];
  if (kind !== SETTLED && kind !== SETTLEMENT) return undefined;
  const reader = new BinaryReader(entry);
  const settled = recordIn(entry, reader);
  const told = { requestId: '', attempt: 0, provisionId: '', settledAt: new Date(0) };
  if (kind === SETTLED) {
    readTold(reader, settled, told);
    return { ...told, message: messageOf(undefined, settled) };
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
  return { ...told, message: messageOf(opened, settled) };
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
const readTold = (
  reader: BinaryReader,
  { from, to }: RecordFields,
  told: Mutable<Omit<UntoldRecord, 'message'>>,
): void => {
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
