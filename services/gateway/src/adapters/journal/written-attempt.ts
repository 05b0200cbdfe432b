import type { LeaseCharge } from '@gatehouse/leases';
import type { Attempt } from '../../app/gateway.ports';
import type { UsageOfKind } from '@gatehouse/offering';
import type { ToldOfRequest, UsageRecord } from '../../domain/usage-record';
import { KINDS, OUTCOMES } from '../usage/usage-conversion';
import type { Account } from './accounts';
import { bytesOfVarint, bytesTag, type EntryBlock, numberTag } from './entry-block';

/** Where in a block the fields of a record are that its account does not have. */
export interface WrittenRecord {
  readonly from: number;
  readonly to: number;
}

const ACCOUNT = bytesTag(9);
const OPENED = bytesTag(12);
const SETTLED = bytesTag(13);

/** Writes the entry of an account, byte for byte what generated code makes of it, as all that follow. */
export const writeAccount = (block: EntryBlock, { fields }: Account): void => {
  const frame = block.beginFrame();
  const entry = block.begin(ACCOUNT, 2);
  block.append(fields);
  block.end(entry, 2);
  block.endFrame(frame);
};

/**
 * Writes an entry without what its account says: a call has two of them, and generated code would take several microseconds for each.
 *
 * Throws RangeError for a number that has no place in it, and for charges that are not those of its leases; the block is to be cut to where it was then.
 *
 * @param account whose entry is in the segment.
 */
export const writeAttempt = (
  block: EntryBlock,
  kind: 'opened' | 'settled',
  { record, charges }: Attempt,
  account: Account,
): WrittenRecord => {
  if (charges.length !== record.leases.length)
    throw new RangeError('an attempt without a charge for each of its leases');
  const lengthBytes = kind === 'opened' ? 1 : 2;
  const frame = block.beginFrame();
  const entry = block.begin(kind === 'opened' ? OPENED : SETTLED, lengthBytes);
  const begun = block.begin(bytesTag(1), lengthBytes);
  writeRecord(block, record, account);
  const length = block.size - begun;
  block.end(begun, lengthBytes);
  if (charges.length > 0) writeCharged(block, charges);
  block.number(numberTag(3), account.at);
  if (charges.some(isInDoubt)) writeDoubts(block, charges);
  // Behind its tag and its length.
  const from = block.end(entry, lengthBytes) + 1 + bytesOfVarint(length);
  block.endFrame(frame);
  return { from, to: from + length };
};

const writeRecord = (block: EntryBlock, record: UsageRecord, account: Account): void => {
  block.text(bytesTag(1), record.requestId);
  block.number(numberTag(2), record.attempt);
  writeUsage(block, record);
  block.optionalInt64(numberTag(13), record.amount);
  if (record.doubt !== 0n) block.int64(numberTag(14), record.doubt);
  block.flag(numberTag(15), record.estimated);
  block.number(numberTag(16), OUTCOMES[record.outcome]);
  writeTime(block, bytesTag(17), record.admittedAt);
  if (record.settledAt) writeTime(block, bytesTag(18), record.settledAt);
  block.flag(numberTag(19), record.streamed);
  if (record.leaseOfBefore !== undefined) block.text(bytesTag(20), record.leaseOfBefore);
  if (record.inputPrice !== account.inputPrice) block.optionalInt64(numberTag(21), record.inputPrice);
  if (record.outputPrice !== account.outputPrice) block.optionalInt64(numberTag(22), record.outputPrice);
  if (record.priceBookVersion !== account.priceBookVersion)
    block.optionalInt64(numberTag(23), record.priceBookVersion);
  for (const kind of record.kinds) writeKind(block, kind);
  block.text(bytesTag(25), record.serviceTier);
  writeHeard(block, record);
  writeTold(block, record.told);
  writeLeases(block, record.leases);
};

const writeUsage = (block: EntryBlock, { usage }: UsageRecord): void => {
  if (!usage) return;
  block.number(numberTag(9), usage.inputTokens);
  block.number(numberTag(10), usage.outputTokens);
  block.number(numberTag(11), usage.cachedInputTokens);
  writeCount(block, numberTag(12), usage.reasoningTokens);
};

const writeHeard = (block: EntryBlock, { heard }: UsageRecord): void => {
  if (!heard) return;
  writeCount(block, numberTag(41), heard.status);
  writeCount(block, numberTag(42), heard.firstByteMs);
  writeCount(block, numberTag(43), heard.totalMs);
};

const writeCount = (block: EntryBlock, tag: number, count: number | undefined): void => {
  if (count !== undefined) block.number(tag, count);
};

/** What is 0 is left out of it, as of all that follows. */
const writeTime = (block: EntryBlock, tag: number, time: Date): void => {
  const ms = time.getTime();
  const seconds = Math.trunc(ms / 1_000);
  const nanos = (ms - seconds * 1_000) * 1_000_000;
  const begun = block.begin(tag, 1);
  if (seconds !== 0) block.number(numberTag(1), seconds);
  if (nanos !== 0) block.number(numberTag(2), nanos);
  block.end(begun, 1);
};

const writeKind = (block: EntryBlock, { kind, quantity, rate }: UsageOfKind): void => {
  const begun = block.begin(bytesTag(24), 1);
  block.number(numberTag(1), KINDS[kind]);
  if (quantity !== 0) block.number(numberTag(2), quantity);
  block.optionalInt64(numberTag(3), rate);
  block.end(begun, 1);
};

const writeTold = (block: EntryBlock, { metadata, user, traceId }: ToldOfRequest): void => {
  for (const name of Object.keys(metadata)) {
    const begun = block.begin(bytesTag(44), 1);
    block.text(bytesTag(1), name);
    block.text(bytesTag(2), metadata[name] as string);
    block.end(begun, 1);
  }
  block.text(bytesTag(45), user);
  block.text(bytesTag(46), traceId);
};

const writeLeases = (block: EntryBlock, leases: readonly bigint[]): void => {
  if (leases.length === 0) return;
  const begun = block.begin(bytesTag(61), 1);
  for (const lease of leases) block.bareInt64(lease);
  block.end(begun, 1);
};

/** Their leases are those of the record, in the same order. */
const writeCharged = (block: EntryBlock, charges: readonly LeaseCharge[]): void => {
  const begun = block.begin(bytesTag(2), 1);
  for (const { charged } of charges) block.bareInt64(charged);
  block.end(begun, 1);
};

const writeDoubts = (block: EntryBlock, charges: readonly LeaseCharge[]): void => {
  const begun = block.begin(bytesTag(4), 1);
  for (const { doubt } of charges) block.bareInt64(doubt);
  block.end(begun, 1);
};

const isInDoubt = ({ doubt }: LeaseCharge): boolean => doubt !== 0n;
