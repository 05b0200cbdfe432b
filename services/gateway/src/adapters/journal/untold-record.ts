import { BinaryReader } from '@bufbuild/protobuf/wire';
import type { UntoldRecord } from '../usage/usage-publisher';

/** As Protobuf tags them: of an entry, what settles an attempt; of an attempt, its record; of that and of a time, fields by their numbers. */
const SETTLED = (2 << 3) | 2;
const RECORD = (1 << 3) | 2;
const REQUEST_ID = (1 << 3) | 2;
const ATTEMPT = 2 << 3;
const PROVISION_ID = (5 << 3) | 2;
const ADMITTED_AT = (17 << 3) | 2;
const SETTLED_AT = (18 << 3) | 2;
const SECONDS = 1 << 3;
const NANOS = 2 << 3;

/**
 * What an entry of the journal tells the bus, undefined of one that settles nothing. Whoever is behind reads thousands of them a second: of each
 * only what its message is told by, and the record itself as it stands, which is a `UsageRecorded`, copied since it is among others of its segment.
 */
export const untoldIn = (entry: Uint8Array): UntoldRecord | undefined => {
  const reader = new BinaryReader(entry);
  if (reader.uint32() !== SETTLED) return undefined;
  reader.uint32();
  const from = reader.pos;
  if (reader.uint32() !== RECORD) throw new Error('an attempt of the journal without its record');
  const to = reader.uint32() + reader.pos;
  const told = { requestId: '', attempt: 0, provisionId: '', settledAt: new Date(0) };
  // Fields are written in the order of their numbers.
  for (let tag = 0; reader.pos < to && tag < SETTLED_AT;) {
    tag = reader.uint32();
    if (tag === REQUEST_ID) told.requestId = reader.string();
    else if (tag === ATTEMPT) told.attempt = reader.int32();
    else if (tag === PROVISION_ID) told.provisionId = reader.string();
    else if (tag === ADMITTED_AT || tag === SETTLED_AT) told.settledAt = timeAt(reader);
    else reader.skip(tag & 7);
  }
  return { ...told, message: Uint8Array.prototype.slice.call(entry, from, to) };
};

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
