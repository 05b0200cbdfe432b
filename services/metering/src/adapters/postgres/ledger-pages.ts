import type { JournalId, LeaseId } from '@gatehouse/kernel';
import type { PoolClient } from 'pg';
import { keyOfAsk, LedgerBook, type LedgerCommand } from '../../domain/ledger/ledger-book';
import type { AskLease } from '../../domain/lease/ask-lease';
import { keyOfScope } from '../../domain/limit/limit-in-force';
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

const OPEN_FIRST_TIME = {
  name: 'journal-open-first-time',
  text: `INSERT INTO metering.journal (journal_id, incarnation)
         SELECT id, 0 FROM unnest($1::text[]) AS id ORDER BY id ON CONFLICT DO NOTHING`,
};

const LOCK_JOURNALS = {
  name: 'journals-lock',
  text: `SELECT journal_id, incarnation FROM metering.journal WHERE journal_id = ANY ($1)
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

const READ_SCOPES = {
  name: 'scopes-read',
  text: `SELECT s.scope_kind, s.scope_id, s.organization_id, s.revision, l.limit_id, l.unit, l.amount, l.period,
           l.every_days, l.strict, l.created_at, l.rule_since, l.raise_more, l.raise_until, s.expires_at
         FROM metering_limits.scope s LEFT JOIN metering_limits.limit_in_force l USING (scope_kind, scope_id)
         WHERE s.scope_id = ANY ($1) AND s.scope_kind <> '${KEY_TEMPLATE}'`,
};

/**
 * The latest row of each limit of some scopes ($1), and the rows of leases of which something moves ($2) or which may
 * be heard again ($3).
 */
const LOCK_ROWS = {
  name: 'ledger-lock',
  text: `SELECT r.* FROM metering.ledger r JOIN (
           SELECT f.limit_id, latest.period_start FROM metering_limits.limit_in_force f
           CROSS JOIN LATERAL (
             SELECT l.period_start FROM metering.ledger l WHERE l.limit_id = f.limit_id
             ORDER BY l.period_start DESC LIMIT 1
           ) AS latest
           WHERE f.scope_id = ANY ($1)
           UNION
           SELECT s.limit_id, s.period_start FROM metering.lease l JOIN metering.lease_limit s USING (lease_id)
           WHERE l.lease_id = ANY ($2) AND l.status <> 'closed'
           UNION
           SELECT s.limit_id, s.period_start FROM metering.lease l JOIN metering.lease_limit s USING (lease_id)
           WHERE l.lease_id = ANY ($3) AND l.status = 'quarantined'
         ) AS keys USING (limit_id, period_start)
         ORDER BY r.limit_id, r.period_start
         FOR NO KEY UPDATE OF r`,
};

/**
 * The pages that some commands concern, locked in this transaction: journals first, then ledger rows. On a connection
 * that pipelines all of it is one round trip; in their order the statements see what was locked before them.
 */
export const loadPages = async (tx: PoolClient, commands: readonly LedgerCommand[]): Promise<LedgerBook> => {
  const book = new LedgerBook();
  const asks = commands.filter((command) => command.type === 'AskLease');
  await Promise.all([
    lockJournals(tx, commands, book),
    readAsks(tx, asks, book),
    readLeases(tx, commands, book),
    readScopes(tx, asks, book),
    lockRows(tx, commands, book),
  ]);
  return book;
};

const lockJournals = async (
  tx: PoolClient,
  commands: readonly LedgerCommand[],
  book: LedgerBook,
): Promise<void> => {
  const opened = commands.filter(({ type }) => type === 'OpenJournal').map(({ journalId }) => journalId);
  const [, { rows }] = await Promise.all([
    opened.length > 0 ? tx.query(OPEN_FIRST_TIME, [unique(opened)]) : undefined,
    tx.query<{ journal_id: JournalId; incarnation: bigint }>(LOCK_JOURNALS, [
      unique(commands.map(({ journalId }) => journalId)),
    ]),
  ]);
  for (const { journal_id, incarnation } of rows)
    book.journals.set(journal_id, { id: journal_id, incarnation });
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
    commands.filter(({ type }) => type === 'OpenJournal').map(({ journalId }) => journalId),
  );
  const read = await Promise.all([
    ids.length > 0 ? tx.query<LeaseDbRow>(READ_LEASES, [ids]) : undefined,
    journals.length > 0 ? tx.query<LeaseDbRow>(READ_LEASES_OF_JOURNALS, [journals]) : undefined,
  ]);
  for (const result of read) {
    for (const lease of fromRowsLeases(result?.rows ?? [])) book.leases.set(lease.id, lease);
  }
};

const readScopes = async (tx: PoolClient, asks: readonly AskLease[], book: LedgerBook): Promise<void> => {
  if (asks.length === 0) return;
  const { rows } = await tx.query<ScopeDbRow>(READ_SCOPES, [scopeIdsOf(asks)]);
  for (const scope of fromRowsScopes(rows)) book.scopes.set(keyOfScope(scope.scope), scope);
};

const lockRows = async (
  tx: PoolClient,
  commands: readonly LedgerCommand[],
  book: LedgerBook,
): Promise<void> => {
  const scopes = scopeIdsOf(commands.filter((command) => command.type === 'AskLease'));
  // A renewal moves an amount only where the lease is heard again.
  const renewals = commands.filter(({ type }) => type === 'RenewLeases');
  const moved = unique(commands.filter(({ type }) => type !== 'RenewLeases').flatMap(leaseIdsOf));
  const renewed = unique(renewals.flatMap(leaseIdsOf));
  if (scopes.length + moved.length + renewed.length === 0) return;
  const { rows } = await tx.query<LedgerDbRow>(LOCK_ROWS, [scopes, moved, renewed]);
  for (const row of rows) book.enter(fromRowLedger(row));
};

const scopeIdsOf = (asks: readonly AskLease[]): readonly string[] =>
  unique(asks.flatMap(({ scopes }) => scopes.map(({ scope }) => scope.id)));

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
      return [];
  }
};

const unique = <T>(values: readonly T[]): T[] => [...new Set(values)];
