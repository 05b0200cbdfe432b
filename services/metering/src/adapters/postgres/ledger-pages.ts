import type { JournalId, LeaseId } from '@gatehouse/kernel';
import type { PoolClient } from 'pg';
import { keyOfAsk, LedgerBook, type LedgerCommand } from '../../domain/ledger/ledger-book';
import type { AskLease } from '../../domain/lease/ask-lease';
import type { Journal } from '../../domain/lease/lease';
import type { LeaseFinal } from '../../domain/journal/close-leases';
import type { LeaseReport } from '../../domain/journal/report-leases';
import { keyOfScope } from '../../domain/limit/limit-in-force';
import { heldLeasesIn, readHeld, readHolders } from './held-lease-pages';
import { fromRowOutcome } from './ask-outcome.row';
import {
  fromRowLedger,
  fromRowsLeases,
  fromRowsScopes,
  type LeaseDbRow,
  type LedgerDbRow,
  type ScopeDbRow,
} from './ledger.rows';
import { KEY_TEMPLATE } from './limits.projection';
import { readLines } from './waiting-line-pages';

const OPEN_FIRST_TIME = {
  name: 'journal-open-first-time',
  text: `INSERT INTO metering.journal (journal_id, incarnation)
         SELECT id, 0 FROM unnest($1::text[]) AS id ORDER BY id ON CONFLICT DO NOTHING`,
};

const LOCK_JOURNALS = {
  name: 'journals-lock',
  text: `SELECT journal_id AS id, incarnation, last_lease AS "lastLease", acknowledged_below AS "acknowledgedBelow",
           lost_up_to AS "lostUpTo", untold_at AS "untoldAt"
         FROM metering.journal WHERE journal_id = ANY ($1)
         ORDER BY journal_id FOR NO KEY UPDATE`,
};

const READ_ASKS = {
  name: 'asks-read',
  text: `SELECT journal_id, ask_id, outcome
         FROM metering.ask JOIN unnest($1::text[], $2::text[]) AS wanted (journal_id, ask_id) USING (journal_id, ask_id)`,
};

const LEASE_COLUMNS = `l.lease_id, l.journal_id, l.ask_id, l.organization_id, l.status, l.deadline, l.admit_until,
           l.returns, s.limit_id, s.period_start, s.unit, s.cap, s.charged`;

const READ_LEASES = {
  name: 'leases-read',
  text: `SELECT ${LEASE_COLUMNS} FROM metering.lease l JOIN metering.lease_limit s USING (lease_id)
         WHERE l.lease_id = ANY ($1)
         ORDER BY l.lease_id, s.limit_id`,
};

const READ_LEASES_OF_JOURNALS = {
  name: 'leases-of-journals-read',
  text: `SELECT ${LEASE_COLUMNS} FROM metering.lease l JOIN metering.lease_limit s USING (lease_id)
         WHERE l.journal_id = ANY ($1) AND l.status <> 'closed'
         ORDER BY l.lease_id, s.limit_id`,
};

/** SQL: all scopes with their limits, as `ScopeDbRow`. */
export const SCOPES = `
         SELECT s.scope_kind, s.scope_id, s.organization_id, s.revision, l.limit_id, l.unit, l.amount, l.period,
           l.every_days, l.weekday, l.time_zone, l.strict, l.alerts, l.created_at, l.rule_since, l.raise_more, l.raise_until, s.expires_at
         FROM metering_limits.scope s LEFT JOIN metering_limits.limit_in_force l USING (scope_kind, scope_id)
         WHERE s.scope_kind <> '${KEY_TEMPLATE}'`;

export const READ_SCOPES = { name: 'scopes-read', text: `${SCOPES} AND s.scope_id = ANY ($1)` };

/** SQL: the rows of a limit whose period a time is in, or which begin after it: these a clock has opened before their time. */
export const rowsSince = (limitId: string, time: string): string =>
  `SELECT * FROM metering.ledger l WHERE l.limit_id = ${limitId} AND l.period_start >= coalesce((
     SELECT max(b.period_start) FROM metering.ledger b WHERE b.limit_id = ${limitId} AND b.period_start <= ${time}::timestamptz
   ), '-infinity')`;

/**
 * The rows of each limit of some scopes ($1) from the period of a time ($14) on, and the rows of leases of which something moves ($2) or which may
 * be heard again ($3); those of leases of one limit of which something moves ($4 … $9), which a mere report does not, and
 * those that finals name, or that seem over ($10, $11), and those that some requests have ended ($12, $13).
 */
const LOCK_ROWS = {
  name: 'ledger-lock',
  text: `SELECT r.* FROM metering.ledger r JOIN (
           SELECT f.limit_id, present.period_start FROM metering_limits.limit_in_force f
           CROSS JOIN LATERAL (${rowsSince('f.limit_id', '$14')}) AS present
           WHERE f.scope_id = ANY ($1)
           UNION
           SELECT s.limit_id, s.period_start FROM metering.lease l JOIN metering.lease_limit s USING (lease_id)
           WHERE l.lease_id = ANY ($2) AND l.status <> 'closed'
           UNION
           SELECT s.limit_id, s.period_start FROM metering.lease l JOIN metering.lease_limit s USING (lease_id)
           WHERE l.lease_id = ANY ($3) AND l.status = 'quarantined'
           UNION
           SELECT h.limit_id, h.period_start FROM metering.held_lease h
           JOIN unnest($4::text[], $5::bigint[], $6::bigint[], $7::bigint[], $8::bigint[], $9::bigint[])
             AS said (journal_id, number, sequence, cap, sum, doubt) USING (journal_id, number)
           WHERE h.status = 'quarantined' OR h.status = 'open'
             AND (said.sequence IS NULL OR said.sequence > h.sequence
               AND (said.cap < h.cap OR said.sum <> h.sum OR said.doubt <> h.doubt))
           UNION
           SELECT * FROM unnest($10::text[], $11::timestamptz[])
           UNION
           SELECT l.limit_id, l.period_start FROM metering.ledger l
           JOIN unnest($12::text[], $13::text[]) AS reset (limit_id, request_id)
             ON reset.limit_id = l.limit_id AND reset.request_id = l.reset_by
         ) AS keys USING (limit_id, period_start)
         ORDER BY r.limit_id, r.period_start
         FOR NO KEY UPDATE OF r`,
};

/**
 * The pages that some commands concern, locked in this transaction: journals first, then ledger rows. On a connection
 * that pipelines all of it is one round trip; in their order the statements see what was locked before them.
 */
export const loadPages = async (
  tx: PoolClient,
  commands: readonly LedgerCommand[],
  now: Date,
): Promise<LedgerBook> => {
  const book = new LedgerBook();
  const asks = commands.filter((command) => command.type === 'AskLease');
  const scopeIds = scopeIdsOf(commands);
  await Promise.all([
    lockJournals(tx, commands, book),
    readAsks(tx, asks, book),
    readLeases(tx, commands, book),
    readHeld(tx, commands, book),
    readScopes(tx, scopeIds, book),
    lockRows(tx, scopeIds, commands, { book, now }),
    readHolders(tx, slicedScopeIds(commands), book),
    readLines(tx, slicedScopeIds(commands), commands, book),
  ]);
  return book;
};

type JournalDbRow = Omit<Journal, 'untoldAt'> & { readonly untoldAt: Date | null };

const lockJournals = async (
  tx: PoolClient,
  commands: readonly LedgerCommand[],
  book: LedgerBook,
): Promise<void> => {
  const opened = commands.flatMap((command) =>
    command.type === 'OpenJournal' || command.type === 'BeginJournal' ? command.journalId : [],
  );
  const [, { rows }] = await Promise.all([
    opened.length > 0 ? tx.query(OPEN_FIRST_TIME, [unique(opened)]) : undefined,
    tx.query<JournalDbRow>(LOCK_JOURNALS, [
      unique(commands.flatMap((command) => ('journalId' in command ? command.journalId : []))),
    ]),
  ]);
  for (const { untoldAt, ...journal } of rows)
    book.journals.set(journal.id, { ...journal, untoldAt: untoldAt ?? undefined });
};

const readAsks = async (tx: PoolClient, asks: readonly AskLease[], book: LedgerBook): Promise<void> => {
  if (asks.length === 0) return;
  const { rows } = await tx.query<{
    journal_id: JournalId;
    ask_id: string;
    outcome: Parameters<typeof fromRowOutcome>[0];
  }>(READ_ASKS, [asks.map(({ journalId }) => journalId), asks.map(({ askId }) => askId)]);
  for (const { journal_id, ask_id, outcome } of rows) {
    book.outcomes.set(keyOfAsk(journal_id, ask_id), fromRowOutcome(outcome));
  }
};

const readLeases = async (
  tx: PoolClient,
  commands: readonly LedgerCommand[],
  book: LedgerBook,
): Promise<void> => {
  const ids = unique(commands.flatMap(leaseIdsOf));
  const journals = unique(
    commands.flatMap((command) => (command.type === 'OpenJournal' ? command.journalId : [])),
  );
  const read = await Promise.all([
    ids.length > 0 ? tx.query<LeaseDbRow>(READ_LEASES, [ids]) : undefined,
    journals.length > 0 ? tx.query<LeaseDbRow>(READ_LEASES_OF_JOURNALS, [journals]) : undefined,
  ]);
  for (const result of read) {
    for (const lease of fromRowsLeases(result?.rows ?? [])) book.leases.set(lease.id, lease);
  }
};

const readScopes = async (tx: PoolClient, ids: readonly string[], book: LedgerBook): Promise<void> => {
  if (ids.length === 0) return;
  const { rows } = await tx.query<ScopeDbRow>(READ_SCOPES, [ids]);
  for (const scope of fromRowsScopes(rows)) book.scopes.set(keyOfScope(scope.scope), scope);
};

const lockRows = async (
  tx: PoolClient,
  scopes: readonly string[],
  commands: readonly LedgerCommand[],
  { book, now }: { readonly book: LedgerBook; readonly now: Date },
): Promise<void> => {
  // A renewal moves an amount only where the lease is heard again.
  const renewals = commands.filter(({ type }) => type === 'RenewLeases');
  const moved = unique(commands.filter(({ type }) => type !== 'RenewLeases').flatMap(leaseIdsOf));
  const renewed = unique(renewals.flatMap(leaseIdsOf));
  const said = commands.flatMap(saidOfHeld);
  const named = commands.flatMap((command): readonly Pick<LeaseFinal, 'limitId' | 'periodStart'>[] => {
    if (command.type === 'ClosePeriods' || command.type === 'RecoverSpent') return command.periods;
    return command.type === 'CloseLeases' ? command.finals : [];
  });
  const resets = commands.flatMap((command) => (command.type === 'ResetBudget' ? command : []));
  if (scopes.length + moved.length + renewed.length + said.length === 0) return;
  const { rows } = await tx.query<LedgerDbRow>(LOCK_ROWS, [
    scopes,
    moved,
    renewed,
    said.map(({ journalId }) => journalId),
    said.map(({ number }) => number),
    said.map(({ report }) => report?.sequence),
    said.map(({ report }) => report?.cap),
    said.map(({ report }) => report?.sum),
    said.map(({ report }) => report?.doubt),
    named.map(({ limitId }) => limitId),
    named.map(({ periodStart }) => periodStart.toISOString()),
    resets.map(({ limitId }) => limitId),
    resets.map(({ asked: { requestId } }) => requestId),
    now.toISOString(),
  ]);
  for (const row of rows) book.enter(fromRowLedger(row));
};

const scopeIdsOf = (commands: readonly LedgerCommand[]): readonly string[] =>
  unique(
    commands.flatMap((command) => {
      if (command.type === 'ReviewBudgets') return command.scopes.map(({ id }) => id);
      if (command.type === 'ClosePeriods' || command.type === 'RecoverSpent')
        return command.periods.map(({ scope }) => scope.id);
      if (command.type === 'ResetBudget') return [command.scope.id];
      if (command.type === 'ReportLeases') return command.unlimited.map(({ scope }) => scope.id);
      const asks = command.type === 'AskLease' || command.type === 'AskSlices';
      return asks ? command.scopes.map(({ scope }) => scope.id) : [];
    }),
  );

const slicedScopeIds = (commands: readonly LedgerCommand[]): readonly string[] =>
  scopeIdsOf(commands.filter(({ type }) => type === 'AskSlices'));

interface SaidOfHeld {
  readonly journalId: JournalId;
  readonly number: bigint;
  /** Absent where the row moves whatever is said. */
  readonly report?: LeaseReport;
}

const saidOfHeld = (command: LedgerCommand): readonly SaidOfHeld[] => {
  if (command.type === 'ReportLeases') {
    const { journalId, reports } = command;
    return reports.map((report) => ({ journalId, number: report.number, report }));
  }
  return heldLeasesIn(command).map(([journalId, number]) => ({ journalId, number }));
};

const leaseIdsOf = (command: LedgerCommand): readonly LeaseId[] => {
  switch (command.type) {
    case 'ReturnLease':
    case 'CloseLease':
      return [command.leaseId];
    case 'RenewLeases':
    case 'QuarantineLeases':
      return command.leaseIds;
    case 'AskLease':
    case 'OpenJournal':
    case 'BeginJournal':
    case 'CloseLeases':
    case 'ReportLeases':
    case 'AskSlices':
    case 'WithdrawAsks':
    case 'QuarantineHeld':
    case 'ReleaseQuarantine':
    case 'ReviewBudgets':
    case 'ClosePeriods':
    case 'ResetBudget':
    case 'RecoverLeases':
    case 'RecoverSpent':
      return [];
  }
};

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
