import type { LeaseCharge } from '@gatehouse/leases';
import type { Attempt } from '../../app/gateway.ports';
import type { UsageOfKind } from '@gatehouse/offering';
import type { ToldOfRequest, UsageRecord } from '../../domain/usage-record';
import { KINDS, OUTCOMES } from '../usage/usage-conversion';
import { bytesOfVarint, type EntryBlock } from './entry-block';
import type { OpenedHere } from './open-attempts';

/** Where in a block the fields of a record are, or of what has changed of it. */
export interface WrittenRecord {
  readonly from: number;
  readonly to: number;
}

/** Fields by their numbers, as Protobuf tags them. */
const number = (field: number): number => field << 3;
const bytes = (field: number): number => (field << 3) | 2;

const OPENED = bytes(1);
const SETTLED = bytes(2);
const SETTLEMENT = bytes(8);

/**
 * Writes an entry, byte for byte what generated code makes of it: a call has two of them, and each would cost it several microseconds
 * there.
 *
 * Throws RangeError for a number that has no place in it; the block is to be cut to where it was then.
 */
export const writeAttempt = (
  block: EntryBlock,
  kind: 'opened' | 'settled',
  { record, charges }: Attempt,
): WrittenRecord => {
  const frame = block.beginFrame();
  const entry = block.begin(kind === 'opened' ? OPENED : SETTLED, 2);
  const begun = block.begin(bytes(1), 2);
  writeRecord(block, record);
  const length = block.size - begun;
  block.end(begun, 2);
  return endAttempt(block, { frame, entry, length }, charges);
};

/**
 * Writes an entry that says of what was settled no more than what has changed since it was opened. Errors as `writeAttempt`.
 *
 * @param opened by its changes from which it `isToldByChanges`.
 */
export const writeSettlement = (
  block: EntryBlock,
  { attempt: opened, written }: OpenedHere,
  { record, charges }: Attempt,
): WrittenRecord => {
  const frame = block.beginFrame();
  const entry = block.begin(SETTLEMENT, 2);
  const begun = block.begin(bytes(1), 1);
  writeChanges(block, opened.record, record);
  const length = block.size - begun;
  block.end(begun, 1);
  return endAttempt(block, { frame, entry, length }, charges, written.at);
};

/** Where what is being written of an attempt begins, and how long the fields of its record are. */
interface Begun {
  readonly frame: number;
  readonly entry: number;
  readonly length: number;
}

const endAttempt = (
  block: EntryBlock,
  { frame, entry, length }: Begun,
  charges: readonly LeaseCharge[],
  openedAt?: number,
): WrittenRecord => {
  for (const charge of charges) writeCharge(block, charge);
  if (openedAt) block.number(number(3), openedAt);
  // Behind its tag and its length.
  const from = block.end(entry, 2) + 1 + bytesOfVarint(length);
  block.endFrame(frame);
  return { from, to: from + length };
};

const writeRecord = (block: EntryBlock, record: UsageRecord): void => {
  block.text(bytes(1), record.requestId);
  block.number(number(2), record.attempt);
  writeAccount(block, record);
  writeUsage(block, record);
  writeAmount(block, number(13), record.amount);
  if (record.doubt !== 0n) block.int64(number(14), record.doubt);
  block.flag(number(15), record.estimated);
  block.number(number(16), OUTCOMES[record.outcome]);
  writeTime(block, bytes(17), record.admittedAt);
  if (record.settledAt) writeTime(block, bytes(18), record.settledAt);
  block.flag(number(19), record.streamed);
  if (record.leaseOfBefore !== undefined) block.text(bytes(20), record.leaseOfBefore);
  writeAmount(block, number(21), record.inputPrice);
  writeAmount(block, number(22), record.outputPrice);
  writeAmount(block, number(23), record.priceBookVersion);
  for (const kind of record.kinds) writeKind(block, kind);
  block.text(bytes(25), record.serviceTier);
  block.text(bytes(40), record.provider);
  writeHeard(block, record);
  writeTold(block, record.told);
  block.text(bytes(60), record.journalId);
  writeLeases(block, record.leases);
};

/** Whether what was settled can be told by what has changed: where messages are merged no field goes that was there. */
export const isToldByChanges = (opened: UsageRecord, settled: UsageRecord): boolean =>
  isOfSameCall(opened, settled) &&
  saysNothingOfItsEnd(opened) &&
  (settled.amount !== undefined || opened.amount === undefined) &&
  (settled.inputPrice !== undefined || opened.inputPrice === undefined) &&
  (settled.outputPrice !== undefined || opened.outputPrice === undefined);

/** Its lists and maps are the very same, as `charged` leaves them. */
const isOfSameCall = (opened: UsageRecord, settled: UsageRecord): boolean =>
  opened.organizationId === settled.organizationId &&
  opened.workspaceId === settled.workspaceId &&
  opened.provisionId === settled.provisionId &&
  opened.integrationId === settled.integrationId &&
  opened.apiKeyId === settled.apiKeyId &&
  opened.model === settled.model &&
  opened.admittedAt === settled.admittedAt &&
  opened.streamed === settled.streamed &&
  opened.journalId === settled.journalId &&
  opened.leases === settled.leases &&
  opened.leaseOfBefore === settled.leaseOfBefore &&
  opened.priceBookVersion === settled.priceBookVersion &&
  opened.provider === settled.provider &&
  opened.told === settled.told;

const saysNothingOfItsEnd = ({ usage, kinds, serviceTier, settledAt, heard }: UsageRecord): boolean =>
  usage === undefined &&
  kinds.length === 0 &&
  serviceTier === '' &&
  settledAt === undefined &&
  heard === undefined;

/** In the order of their numbers, and what is 0 now too. */
const writeChanges = (block: EntryBlock, opened: UsageRecord, settled: UsageRecord): void => {
  block.text(bytes(1), settled.requestId);
  block.number(number(2), settled.attempt);
  writeUsage(block, settled);
  if (settled.amount !== opened.amount) writeAmount(block, number(13), settled.amount);
  if (settled.doubt !== opened.doubt) block.int64(number(14), settled.doubt);
  if (settled.estimated !== opened.estimated) block.number(number(15), settled.estimated ? 1 : 0);
  if (settled.outcome !== opened.outcome) block.number(number(16), OUTCOMES[settled.outcome]);
  if (settled.settledAt) writeTime(block, bytes(18), settled.settledAt);
  if (settled.inputPrice !== opened.inputPrice) writeAmount(block, number(21), settled.inputPrice);
  if (settled.outputPrice !== opened.outputPrice) writeAmount(block, number(22), settled.outputPrice);
  for (const kind of settled.kinds) writeKind(block, kind);
  block.text(bytes(25), settled.serviceTier);
  writeHeard(block, settled);
};

/** Through what a call goes. */
interface Account extends Pick<
  UsageRecord,
  'organizationId' | 'workspaceId' | 'provisionId' | 'integrationId'
> {
  /** As its record has it. */
  readonly written: Uint8Array;
}

/** A power of two: as many as there are ways that calls are found to go. */
const ACCOUNTS = 16_384;
/** Those of late, each in its place: what a record says of them is the same for all calls of a provision, whosever key they have. */
const accounts: (Account | undefined)[] = Array.from({ length: ACCOUNTS });

/** The end of an id is random. */
const TOLD_APART_BY = 4;

const placeOf = ({ provisionId: id }: UsageRecord): number => {
  let sum = 0;
  for (let at = Math.max(0, id.length - TOLD_APART_BY); at < id.length; at++)
    sum = sum * 31 + id.charCodeAt(at);
  return sum & (ACCOUNTS - 1);
};

const writeAccount = (block: EntryBlock, record: UsageRecord): void => {
  writeProvision(block, record);
  block.text(bytes(7), record.apiKeyId);
  block.text(bytes(8), record.model);
};

const writeProvision = (block: EntryBlock, record: UsageRecord): void => {
  const { organizationId, workspaceId, provisionId, integrationId } = record;
  const place = placeOf(record);
  const known = accounts[place];
  if (
    known &&
    known.provisionId === provisionId &&
    known.integrationId === integrationId &&
    known.workspaceId === workspaceId &&
    known.organizationId === organizationId
  )
    return block.append(known.written);
  const begun = block.size;
  block.text(bytes(3), organizationId);
  block.text(bytes(4), workspaceId);
  block.text(bytes(5), provisionId);
  block.text(bytes(6), integrationId);
  const written = block.copy(begun);
  accounts[place] = { organizationId, workspaceId, provisionId, integrationId, written };
};

const writeUsage = (block: EntryBlock, { usage }: UsageRecord): void => {
  if (!usage) return;
  block.number(number(9), usage.inputTokens);
  block.number(number(10), usage.outputTokens);
  block.number(number(11), usage.cachedInputTokens);
  writeCount(block, number(12), usage.reasoningTokens);
};

const writeHeard = (block: EntryBlock, { heard }: UsageRecord): void => {
  if (!heard) return;
  writeCount(block, number(41), heard.status);
  writeCount(block, number(42), heard.firstByteMs);
  writeCount(block, number(43), heard.totalMs);
};

const writeCount = (block: EntryBlock, tag: number, count: number | undefined): void => {
  if (count !== undefined) block.number(tag, count);
};

const writeAmount = (block: EntryBlock, tag: number, amount: bigint | undefined): void => {
  if (amount !== undefined) block.int64(tag, amount);
};

/** What is 0 is left out of it, as of all that follows. */
const writeTime = (block: EntryBlock, tag: number, time: Date): void => {
  const ms = time.getTime();
  const seconds = Math.trunc(ms / 1_000);
  const nanos = (ms % 1_000) * 1_000_000;
  const begun = block.begin(tag, 1);
  if (seconds !== 0) block.number(number(1), seconds);
  if (nanos !== 0) block.number(number(2), nanos);
  block.end(begun, 1);
};

const writeKind = (block: EntryBlock, { kind, quantity, rate }: UsageOfKind): void => {
  const begun = block.begin(bytes(24), 1);
  block.number(number(1), KINDS[kind]);
  if (quantity !== 0) block.number(number(2), quantity);
  writeAmount(block, number(3), rate);
  block.end(begun, 1);
};

const writeTold = (block: EntryBlock, { metadata, user, traceId }: ToldOfRequest): void => {
  for (const name of Object.keys(metadata)) {
    const begun = block.begin(bytes(44), 1);
    block.text(bytes(1), name);
    block.text(bytes(2), metadata[name] as string);
    block.end(begun, 1);
  }
  block.text(bytes(45), user);
  block.text(bytes(46), traceId);
};

const writeLeases = (block: EntryBlock, leases: readonly bigint[]): void => {
  if (leases.length === 0) return;
  const begun = block.begin(bytes(61), 1);
  for (const lease of leases) block.bareInt64(lease);
  block.end(begun, 1);
};

const writeCharge = (block: EntryBlock, { lease, charged, doubt }: LeaseCharge): void => {
  const begun = block.begin(bytes(2), 1);
  if (lease !== 0n) block.int64(number(1), lease);
  if (charged !== 0n) block.int64(number(2), charged);
  if (doubt !== 0n) block.int64(number(3), doubt);
  block.end(begun, 1);
};
