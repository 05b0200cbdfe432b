import type { meteringV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import type { Act, Session } from '../session';

interface ReasonOptions {
  readonly reason: string;
}

/** `journals list`, `journals release ID`, `ledger recover`: for the operator. */
export const addJournalCommands = (program: Command, act: Act): void => {
  const journals = program
    .command('journals')
    .description('what gateways hold of limits, and those that will not speak again, for the operator');
  journals
    .command('list', { isDefault: true })
    .description('list the journals that hold leases')
    .action(act(list));
  journals
    .command('release')
    .description('give back what the quarantined leases of a journal hold: it will not speak again')
    .argument('<journal>', 'its id')
    .requiredOption('--reason <text>', 'how that is known')
    .action(act(release));
  program
    .command('ledger')
    .description('the ledger, for the operator')
    .command('recover')
    .description('let a ledger that was restored from a backup grant again')
    .requiredOption('--reason <text>', 'what was done about what is missing')
    .action(act(recover));
};

const JOURNAL_HEAD = ['journal', 'open leases', 'quarantined', 'quarantine from'];

const rowsOf = (journals: readonly meteringV1.JournalState[]): readonly (readonly string[])[] =>
  journals.map(({ journalId, openLeases, quarantinedLeases, deadline }) => [
    journalId,
    String(openLeases),
    String(quarantinedLeases),
    deadline?.toISOString() ?? '',
  ]);

export const list = async ({ connection, output }: Session): Promise<void> => {
  const journals = [];
  let restoredNoticedAt: Date | undefined;
  for (let pageToken = '', first = true; first || pageToken !== ''; first = false) {
    const page = await connection.journals().listJournals({ pageSize: 1_000, pageToken });
    journals.push(...page.journals);
    restoredNoticedAt = page.restoredNoticedAt;
    pageToken = page.nextPageToken;
  }
  output.answer(
    { journals, ...(restoredNoticedAt && { restoredNoticedAt: restoredNoticedAt.toISOString() }) },
    JOURNAL_HEAD,
    rowsOf(journals),
  );
  if (restoredNoticedAt)
    output.note(
      `the ledger was found restored from a backup at ${restoredNoticedAt.toISOString()}, and grants nothing until it is recovered: gatehouse ledger recover --reason …`,
    );
};

const release = async (
  { connection, output }: Session,
  { reason }: ReasonOptions,
  journalId: string,
): Promise<void> => {
  const { released } = await connection.journals().releaseQuarantine({ journalId, reason });
  output.answer({ journalId, released }, ['journal', 'released leases'], [[journalId, String(released)]]);
};

const recover = async ({ connection, output }: Session, { reason }: ReasonOptions): Promise<void> => {
  const { unheard, raisedPeriods } = await connection.journals().recoverLedger({ reason });
  output.note(`${raisedPeriods} periods have spent more than the backup knew, by usage records`);
  output.note(
    unheard.length === 0
      ? 'the ledger grants again; every journal that it knows has reported since'
      : 'the ledger grants again; these journals have not reported since, or not all, and what they spent is not known:',
  );
  output.answer({ recovered: true, raisedPeriods, unheard }, JOURNAL_HEAD, rowsOf(unheard));
};
