import { meteringV1 } from '@gatehouse/proto-gen';
import type { BookRow } from './provider-book';

/** `<request id>.<attempt>`: the same name as in the provider's book. */
export const attemptOf = ({ requestId, attempt }: meteringV1.UsageRecord): string =>
  `${requestId}.${attempt}`;

export const sumOf = <T>(items: readonly T[], amount: (item: T) => bigint | undefined): bigint =>
  items.reduce((sum, item) => sum + (amount(item) ?? 0n), 0n);

/** What differs between rows of the provider's book and records, line by line; empty when every attempt is right. */
export const differences = (
  rows: readonly BookRow[],
  records: readonly meteringV1.UsageRecord[],
): string[] => {
  const byAttempt = new Map<string, meteringV1.UsageRecord[]>();
  for (const record of records) {
    byAttempt.set(attemptOf(record), [...(byAttempt.get(attemptOf(record)) ?? []), record]);
  }
  return rows.flatMap((row) => {
    const own = byAttempt.get(row.id) ?? [];
    const [record] = own;
    if (!record || own.length > 1) return [`${row.id}: ${own.length} records`];
    const complete = row.completed && record.outcome === meteringV1.UsageOutcome.COMPLETED;
    const fault = complete ? inexactness(row, record) : shortfall(row, record);
    return fault === undefined ? [] : [`${row.id}: ${fault}; ${describe(row, record)}`];
  });
};

/** An answer that was not cut is charged to the nano-dollar. */
const inexactness = (row: BookRow, record: meteringV1.UsageRecord): string | undefined => {
  if (record.inputTokens !== BigInt(row.promptTokens)) return 'other input tokens';
  if (record.outputTokens !== BigInt(row.completionTokens)) return 'other output tokens';
  if (record.amountNanoUsd !== row.billedNanoUsd) return 'another amount';
  if (record.doubtNanoUsd !== 0n || record.estimated) return 'in doubt';
  return undefined;
};

/**
 * A cut one is charged at least what the provider billed: the estimate errs high. What was in flight when the gateway
 * died is charged at its bound, all of it doubt.
 */
const shortfall = (row: BookRow, record: meteringV1.UsageRecord): string | undefined => {
  const unknown = record.outcome === meteringV1.UsageOutcome.UNKNOWN;
  const charged = (record.amountNanoUsd ?? 0n) + (unknown ? record.doubtNanoUsd : 0n);
  return charged < row.billedNanoUsd ? 'charged less than was billed' : undefined;
};

const describe = (row: BookRow, record: meteringV1.UsageRecord): string =>
  `billed ${row.promptTokens} + ${row.completionTokens} tokens, ${row.billedNanoUsd}` +
  `${row.completed ? '' : ' (cut)'}; recorded ${record.inputTokens} + ${record.outputTokens} tokens, ` +
  `${record.amountNanoUsd} and ${record.doubtNanoUsd} in doubt, ${meteringV1.UsageOutcome[record.outcome]}`;
