import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { UsageRecord } from '../../domain/usage-record';
import type { UntoldRecord } from '../usage/usage-publisher';
import { bytesOfVarint, bytesTag, numberTag } from './entry-block';

/** Fields of a record among other bytes. */
export interface RecordFields {
  readonly bytes: Uint8Array;
  readonly from: number;
  readonly to: number;
}

/** What was settled, as the journal has it: the fields of its record, or those that others do not have. */
export interface SettledRecord extends RecordFields {
  readonly requestId: string;
  readonly attempt: number;
  readonly provisionId: string;
  /** Milliseconds since 1970. */
  readonly settledAtMs: number;
  /** Those that come before: of its account, or of what was opened. Absent where it has all. */
  readonly shared: Uint8Array | undefined;
}

/**
 * @param shared the fields of its account.
 * @param at where its own are in the bytes.
 */
export const settledOf = (
  record: UsageRecord,
  shared: Uint8Array,
  bytes: Uint8Array,
  at: Pick<RecordFields, 'from' | 'to'>,
): SettledRecord => ({
  requestId: record.requestId,
  attempt: record.attempt,
  provisionId: record.provisionId,
  settledAtMs: (record.settledAt ?? record.admittedAt).getTime(),
  shared,
  bytes,
  from: at.from,
  to: at.to,
});

/** Of an entry: what it is of. */
const OPENED_BEFORE = bytesTag(1);
const SETTLED_BEFORE = bytesTag(2);
const SETTLEMENT_BEFORE = bytesTag(8);
const ACCOUNT = bytesTag(9);
const SETTLED_OF_ACCOUNT = bytesTag(11);
const SETTLED = bytesTag(13);
const SETTLES: ReadonlySet<number | undefined> = new Set([
  ...[SETTLED_BEFORE, SETTLEMENT_BEFORE, SETTLED_OF_ACCOUNT, SETTLED],
]);
/** Of an attempt: its record, and where the entry begins that has the fields before it. */
const RECORD = bytesTag(1);
const SHARED_AT = numberTag(3);
/** Of a record, and of its times. */
const REQUEST_ID = bytesTag(1);
const ATTEMPT = numberTag(2);
const PROVISION_ID = bytesTag(5);
const ADMITTED_AT = bytesTag(17);
const SETTLED_AT = bytesTag(18);
const SECONDS = numberTag(1);
const NANOS = numberTag(2);

/** How long its message is. */
export const messageBytesOf = (settled: SettledRecord): number => {
  const bytes = recordBytesOf(settled);
  return 1 + bytesOfVarint(bytes) + bytes;
};

const recordBytesOf = ({ shared, from, to }: SettledRecord): number => to - from + (shared?.length ?? 0);

/**
 * A `gatehouse.events.v1.UsageRecorded`, which has a record and nothing else. Of a field that is among those that come before too the later
 * counts, as Protobuf has it.
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
  const { shared, bytes, from, to } = settled;
  if (shared) {
    into.set(shared, at);
    at += shared.length;
  }
  into.set(bytes.subarray(from, to), at);
  return at + to - from;
};

/** The entry that begins at a place in the segment; undefined where it cannot be read, and then nothing is told. */
export type EntryAt = (offset: number) => Uint8Array | undefined;

/**
 * What an entry of the journal says of what was settled, undefined of one that settles nothing. Whoever is behind reads thousands of them a second: of
 * each only what its message is told by, and the fields of the record as they stand.
 */
export const settledIn = (entry: Uint8Array, entryAt: EntryAt): SettledRecord | undefined => {
  const kind = entry[0];
  if (!SETTLES.has(kind)) return undefined;
  const reader = new BinaryReader(entry);
  const fields = recordIn(entry, reader);
  const told = { requestId: '', attempt: 0, provisionId: '', settledAtMs: 0 };
  if (kind === SETTLED_BEFORE) {
    readTold(reader, fields, told);
    return { ...told, ...fields, shared: undefined };
  }
  const before = entryAt(sharedAtOf(reader, fields));
  if (!before) return undefined;
  const shared = kind === SETTLEMENT_BEFORE ? openedIn(before) : accountIn(before);
  readTold(new BinaryReader(shared), { bytes: shared, from: 0, to: shared.length }, told);
  const { requestId, attempt } = told;
  readTold(reader, fields, told);
  if (kind === SETTLEMENT_BEFORE && (told.requestId !== requestId || told.attempt !== attempt))
    throw new Error(`attempt ${told.requestId}.${told.attempt} of the journal without its opening`);
  return { ...told, ...fields, shared };
};

/** The fields that an attempt has of its account. Errors: Error where the entry is none of an account. */
export const accountIn = (entry: Uint8Array): Uint8Array => {
  const reader = new BinaryReader(entry);
  if (reader.uint32() !== ACCOUNT) throw new Error('an attempt of the journal without its account');
  return reader.bytes();
};

const openedIn = (entry: Uint8Array): Uint8Array => {
  if (entry[0] !== OPENED_BEFORE) throw new Error('an attempt of the journal without its opening');
  return fieldsIn(entry);
};

/** The fields of a record as the entry of an attempt has them. */
export const fieldsIn = (entry: Uint8Array): Uint8Array => {
  const { from, to } = recordIn(entry, new BinaryReader(entry));
  return entry.subarray(from, to);
};

/** Behind the tags and the lengths of its entry, of which it is the first that there is. */
const recordIn = (entry: Uint8Array, reader: BinaryReader): RecordFields => {
  reader.uint32();
  reader.uint32();
  if (reader.uint32() !== RECORD) throw new Error('an attempt of the journal without its record');
  const length = reader.uint32();
  return { bytes: entry, from: reader.pos, to: reader.pos + length };
};

/** Behind the record and what it costs each lease. */
const sharedAtOf = (reader: BinaryReader, { to }: RecordFields): number => {
  reader.pos = to;
  while (reader.pos < reader.len) {
    const tag = reader.uint32();
    if (tag === SHARED_AT) return Number(reader.uint64());
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
    else if (tag === ADMITTED_AT || tag === SETTLED_AT) told.settledAtMs = timeAt(reader);
    else reader.skip(tag & 7);
  }
};

/** What its message is told by. */
type Told = Omit<UntoldRecord, 'message'>;

type Mutable<Type> = { -readonly [Key in keyof Type]: Type[Key] };

/** In whole milliseconds, as all times of a record are. */
const timeAt = (reader: BinaryReader): number => {
  const to = reader.uint32() + reader.pos;
  let [seconds, nanos] = [0, 0];
  while (reader.pos < to) {
    const tag = reader.uint32();
    if (tag === SECONDS) seconds = Number(reader.int64());
    else if (tag === NANOS) nanos = reader.int32();
    else reader.skip(tag & 7);
  }
  return seconds * 1_000 + Math.trunc(nanos / 1_000_000);
};
