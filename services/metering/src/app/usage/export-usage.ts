import type { CorrectedRecord } from '../../domain/usage/usage-record';
import type { RecordFilter, UsageAccounts, UsageCursor } from './usage.ports';

const PAGE = 1_000;

/** All records that a filter finds, newest first, page by page: each is read when the one before it was taken. */
export async function* exportedPages(
  accounts: UsageAccounts,
  filter: RecordFilter,
  signal: AbortSignal,
): AsyncGenerator<readonly CorrectedRecord[]> {
  for (let after: UsageCursor | undefined; !signal.aborted;) {
    const records = await accounts.records(filter, { after, size: PAGE });
    if (records.length > 0) yield records;
    if (records.length < PAGE) return;
    after = records.at(-1);
  }
}
