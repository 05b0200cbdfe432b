import type { PoolClient } from 'pg';
import type { LedgerBook, LedgerCommand } from '../../domain/ledger/ledger-book';
import { fromRowHeldLease, type HeldLeaseDbRow } from './held-lease.rows';
import { fromRowsWaiters, type WaiterDbRow } from './waiting-line.rows';

/** The lines of the limits of some scopes ($1), some asks ($2, $3), and all that some journals have in lines ($4). */
const READ_LINES = {
  name: 'lines-read',
  text: `SELECT w.* FROM metering.ask_in_line w JOIN (
           SELECT i.journal_id, i.ask_id FROM metering.ask_in_line i JOIN metering_limits.limit_in_force f USING (limit_id)
           WHERE f.scope_id = ANY ($1)
           UNION
           SELECT * FROM unnest($2::text[], $3::text[])
           UNION
           SELECT journal_id, ask_id FROM metering.ask_in_line WHERE journal_id = ANY ($4)
         ) AS keys (journal_id, ask_id) USING (journal_id, ask_id)
         ORDER BY w.came`,
};

/** Open leases of the limits of some scopes that were granted since the first in their line came. */
const READ_BESIDE = {
  name: 'held-beside-read',
  text: `SELECT l.* FROM metering.held_lease l JOIN (
           SELECT i.limit_id, min(i.turn) AS turn
           FROM metering.ask_in_line i JOIN metering_limits.limit_in_force f USING (limit_id)
           WHERE f.scope_id = ANY ($1)
           GROUP BY i.limit_id
         ) AS head USING (limit_id)
         WHERE l.status = 'open' AND l.turn > head.turn`,
};

/** The rows are locked, so that whoever comes to a line later has a higher number; those of a batch have the numbers from it on. */
const READ_CAME = {
  name: 'lines-came',
  text: "SELECT nextval('metering.ask_came') AS came",
};

/** Who waits for what some commands concern; to be sent after the rows were locked: whoever comes to a line locks its row. */
export const readLines = async (
  tx: PoolClient,
  scopeIds: readonly string[],
  commands: readonly LedgerCommand[],
  book: LedgerBook,
): Promise<void> => {
  const named = commands.flatMap(asksIn);
  const begun = commands.flatMap((command) => (command.type === 'BeginJournal' ? command.journalId : []));
  if (named.length + begun.length === 0) return;
  const [lines, beside, came] = await Promise.all([
    tx.query<WaiterDbRow>(READ_LINES, [
      scopeIds,
      named.map(({ journalId }) => journalId),
      named.map(({ askId }) => askId),
      begun,
    ]),
    scopeIds.length > 0 ? tx.query<HeldLeaseDbRow>(READ_BESIDE, [scopeIds]) : undefined,
    commands.some(mayWait) ? tx.query<{ came: bigint }>(READ_CAME) : undefined,
  ]);
  for (const row of came?.rows ?? []) book.startFrom(row.came);
  for (const waiter of fromRowsWaiters(lines.rows)) book.enterWaiter(waiter);
  for (const row of beside?.rows ?? []) book.enterHeld(fromRowHeldLease(row));
};

const mayWait = (command: LedgerCommand): boolean => command.type === 'AskSlices' && command.waitMs > 0;

const asksIn = (command: LedgerCommand) => {
  switch (command.type) {
    case 'AskSlices':
      return [{ journalId: command.journalId, askId: command.askId }];
    case 'WithdrawAsks':
      return command.askIds.map((askId) => ({ journalId: command.journalId, askId }));
    case 'ReviewBudgets':
    case 'ClosePeriods':
    case 'ResetBudget':
    case 'RecoverLeases':
    case 'RecoverSpent':
    case 'BeginJournal':
    case 'CloseLeases':
    case 'ReportLeases':
    case 'QuarantineHeld':
    case 'ReleaseQuarantine':
    case 'AskLease':
    case 'OpenJournal':
    case 'CloseLease':
    case 'ReturnLease':
    case 'RenewLeases':
    case 'QuarantineLeases':
      return [];
  }
};
