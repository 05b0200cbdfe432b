import type { JournalId, ScopeKind } from '@gatehouse/kernel';
import type { Amounts } from '@gatehouse/leases';
import type { PoolClient } from 'pg';
import type { AskSlices } from '../../domain/journal/slices';
import { keyOfLease } from '../../domain/journal/held-lease';
import { keyOfAsk, type LedgerBook, type LedgerCommand } from '../../domain/ledger/ledger-book';
import { keyOfRow } from '../../domain/ledger/ledger-row';
import { keyOfScope } from '../../domain/limit/limit-in-force';
import {
  fromRowHeldLease,
  fromRowSliceOutcome,
  type HeldLeaseDbRow,
  type RowSliceOutcome,
} from './held-lease.rows';

const READ_HELD = {
  name: 'held-read',
  text: `SELECT l.*, s.revision AS heard_revision
         FROM metering.held_lease l JOIN unnest($1::text[], $2::bigint[]) AS wanted (journal_id, number)
           USING (journal_id, number)
         LEFT JOIN metering_limits.scope s ON s.scope_id = l.scope_id AND s.scope_kind = l.scope_kind`,
};

const READ_HELD_OF_JOURNALS = {
  name: 'held-of-journals-read',
  text: `SELECT *, NULL::bigint AS heard_revision FROM metering.held_lease
         WHERE journal_id = ANY ($1) AND status <> 'closed'`,
};

const READ_OUTCOMES = {
  name: 'slice-asks-read',
  text: `SELECT journal_id, ask_id, outcome
         FROM metering.slice_ask JOIN unnest($1::text[], $2::text[]) AS wanted (journal_id, ask_id)
           USING (journal_id, ask_id)`,
};

/** Read after the rows were locked: whoever opens or closes a lease of theirs has to lock them first. */
const READ_HOLDERS = {
  name: 'holders-read',
  text: `SELECT DISTINCT l.limit_id, l.period_start, l.journal_id
         FROM metering_limits.limit_in_force f JOIN metering.held_lease l USING (limit_id)
         WHERE f.scope_id = ANY ($1) AND l.status = 'open'`,
};

const READ_RESTORED = {
  name: 'restored-read',
  text: `SELECT EXISTS (SELECT FROM metering.ledger_restored) AS restored,
           (SELECT max(recovered_at) FROM metering.ledger_recovery) AS recovered_at`,
};

/** Leases, outcomes and whether the ledger was restored; to be sent after the journals were locked. */
export const readHeld = async (
  tx: PoolClient,
  commands: readonly LedgerCommand[],
  book: LedgerBook,
): Promise<void> => {
  const named = commands.flatMap(heldLeasesIn);
  const begun = commands.flatMap((command) => (command.type === 'BeginJournal' ? command.journalId : []));
  const asks = commands.filter((command) => command.type === 'AskSlices');
  const needsRestored =
    asks.length + begun.length > 0 ||
    commands.some(({ type }) => type === 'CloseLeases' || type === 'ReportLeases');
  const [leases, ofJournals, restored] = await Promise.all([
    named.length > 0
      ? tx.query<ReadRow>(READ_HELD, [named.map(([journal]) => journal), named.map(([, number]) => number)])
      : undefined,
    begun.length > 0 ? tx.query<ReadRow>(READ_HELD_OF_JOURNALS, [begun]) : undefined,
    needsRestored ? tx.query<{ restored: boolean; recovered_at: Date | null }>(READ_RESTORED) : undefined,
    readOutcomes(tx, asks, book),
  ]);
  for (const row of [...(leases?.rows ?? []), ...(ofJournals?.rows ?? [])]) {
    book.enterHeld(fromRowHeldLease(row));
    if (row.heard_revision !== null) {
      book.revisions.set(keyOfScope({ kind: row.scope_kind, id: row.scope_id }), row.heard_revision);
    }
  }
  book.isRestored = restored?.rows[0]?.restored ?? false;
  book.wasRecoveredAt = restored?.rows[0]?.recovered_at ?? undefined;
};

type ReadRow = HeldLeaseDbRow & { scope_kind: ScopeKind; heard_revision: bigint | null };

const readOutcomes = async (tx: PoolClient, asks: readonly AskSlices[], book: LedgerBook): Promise<void> => {
  if (asks.length === 0) return;
  const { rows } = await tx.query<{ journal_id: JournalId; ask_id: string; outcome: RowSliceOutcome }>(
    READ_OUTCOMES,
    [asks.map(({ journalId }) => journalId), asks.map(({ askId }) => askId)],
  );
  for (const { journal_id, ask_id, outcome } of rows) {
    book.sliceOutcomes.set(keyOfAsk(journal_id, ask_id), fromRowSliceOutcome(outcome));
  }
};

const READ_RECORDED = {
  name: 'recovered-leases-read',
  text: `SELECT journal_id, number, tokens, requests, CASE WHEN EXISTS (
             SELECT FROM metering_limits.limit_in_force f WHERE f.limit_id = wanted.limit_id AND f.strict)
           THEN greatest(nano_usd, strict_nano_usd) ELSE nano_usd END AS nano_usd
         FROM metering.recovered_lease
         JOIN unnest($1::text[], $2::bigint[], $3::text[]) AS wanted (journal_id, number, limit_id)
           USING (journal_id, number)`,
};

/** Asked only for leases that the ledger has lost, of rows that were recovered; to be sent after both were read. */
export const readRecorded = async (
  tx: PoolClient,
  commands: readonly LedgerCommand[],
  book: LedgerBook,
): Promise<void> => {
  const lost = commands.flatMap((command) => {
    if (command.type !== 'CloseLeases') return [];
    return command.finals.flatMap(({ number, limitId, periodStart }) => {
      const isLost = !book.heldLease(command.journalId, number);
      return isLost && (book.findRow(limitId, periodStart)?.recovered ?? 0n) > 0n
        ? [{ journalId: command.journalId, number, limitId }]
        : [];
    });
  });
  if (lost.length === 0) return;
  const { rows } = await tx.query<
    { journal_id: JournalId; number: bigint; nano_usd: bigint } & Omit<Amounts, 'nanoUsd'>
  >(READ_RECORDED, [
    lost.map(({ journalId }) => journalId),
    lost.map(({ number }) => number),
    lost.map(({ limitId }) => limitId),
  ]);
  for (const { journal_id, number, nano_usd: nanoUsd, tokens, requests } of rows)
    book.recorded.set(keyOfLease(journal_id, number), { nanoUsd, tokens, requests });
};

/** Who holds leases of the limits of some scopes; to be sent after the rows were locked. */
export const readHolders = async (
  tx: PoolClient,
  scopeIds: readonly string[],
  book: LedgerBook,
): Promise<void> => {
  if (scopeIds.length === 0) return;
  const { rows } = await tx.query<Pick<HeldLeaseDbRow, 'limit_id' | 'period_start' | 'journal_id'>>(
    READ_HOLDERS,
    [scopeIds],
  );
  for (const row of rows) book.holds(keyOfRow(row.limit_id, row.period_start), row.journal_id);
};

/** Leases of one limit that a command names. */
export const heldLeasesIn = (command: LedgerCommand): readonly (readonly [JournalId, bigint])[] => {
  switch (command.type) {
    case 'CloseLeases':
      return command.finals.map(({ number }) => [command.journalId, number]);
    case 'ReportLeases':
      return command.reports.map(({ number }) => [command.journalId, number]);
    case 'QuarantineHeld':
    case 'ReleaseQuarantine':
      return command.numbers.map((number) => [command.journalId, number]);
    case 'RecoverLeases':
      return command.leases.map(({ number }) => [command.journalId, number]);
    case 'AskSlices':
    case 'WithdrawAsks':
    case 'BeginJournal':
    case 'AskLease':
    case 'OpenJournal':
    case 'CloseLease':
    case 'ReturnLease':
    case 'RenewLeases':
    case 'QuarantineLeases':
    case 'ReviewBudgets':
    case 'ClosePeriods':
    case 'ResetBudget':
    case 'RecoverSpent':
      return [];
  }
};
