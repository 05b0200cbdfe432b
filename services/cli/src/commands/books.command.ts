import { AppError } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { parseInstant } from '../instant-option';
import { parseSmallCount } from '../limit-options';
import type { Act, Session } from '../session';

interface DaysOptions {
  readonly from: string;
  readonly to: string;
}

interface ReconcileOptions extends DaysOptions {
  readonly lag: string;
}

const DAY_MS = 86_400_000;
const DAY = 'YYYY-MM-DD'.length;

const withDays = (command: Command, what: string): Command =>
  command
    .option('--from <day>', `${what} of this day on (UTC; seven days ago by default)`, '')
    .option('--to <day>', 'until this day, inclusive (today by default)', '');

/** `reconcile`, `counters rebuild`: for the operator. */
export const addBookCommands = (program: Command, act: Act): void => {
  withDays(
    program
      .command('reconcile')
      .description(
        'compare counters, records, leases and the rows of limits, and change nothing, for the operator; exit code 1 where they differ',
      ),
    'counters',
  )
    .option('--lag <seconds>', 'for so long records of a closed lease may be on their way', '900')
    .action(act(reconcile));
  withDays(
    program
      .command('counters')
      .description('counters of usage, for the operator')
      .command('rebuild')
      .description('add up counters anew from their records, while they serve'),
    'counters',
  ).action(act(rebuild));
};

const daysOf = ({ from, to }: DaysOptions): { readonly fromDay: string; readonly toDay: string } => ({
  fromDay: dayOf(from, 7),
  toDay: dayOf(to, 0),
});

const dayOf = (text: string, daysAgo: number): string => {
  const instant = text === '' ? new Date(Date.now() - daysAgo * DAY_MS) : parseInstant(text);
  return instant.toISOString().slice(0, DAY);
};

const DIFFERENCES: Readonly<Partial<Record<meteringV1.BookDifferenceKind, string>>> = {
  [meteringV1.BookDifferenceKind.ROW]: 'limit and its leases',
  [meteringV1.BookDifferenceKind.ROW_MISSING]: 'leases without their limit',
  [meteringV1.BookDifferenceKind.LEASE]: 'lease and its records',
  [meteringV1.BookDifferenceKind.LEASE_MISSING]: 'records without their lease',
  [meteringV1.BookDifferenceKind.COUNTER]: 'counter and its records',
  [meteringV1.BookDifferenceKind.ROLLUP]: 'counter and finer ones',
};

const EXCEPTIONS: Readonly<Partial<Record<meteringV1.BookExceptionKind, string>>> = {
  [meteringV1.BookExceptionKind.QUARANTINED]: 'in quarantine',
  [meteringV1.BookExceptionKind.RELEASED]: 'released',
  [meteringV1.BookExceptionKind.IN_DOUBT]: 'in doubt',
  [meteringV1.BookExceptionKind.RECOVERED]: 'recovered',
};

const reconcile = async ({ connection, output }: Session, options: ReconcileOptions): Promise<void> => {
  const lagSeconds = parseSmallCount(options.lag);
  const found = await connection.books().reconcile({ ...daysOf(options), lagSeconds });
  output.answer(
    meteringV1.ReconcileResponse.toJSON(found),
    ['compared', 'figure', 'of', 'kept', 'found'],
    found.differences.map(({ kind, subject, figure, kept, found: made }) => [
      DIFFERENCES[kind] ?? '',
      figure,
      subject,
      kept,
      made,
    ]),
  );
  for (const { kind, subject, amount, eventId } of found.exceptions)
    output.note(
      `${EXCEPTIONS[kind] ?? ''}: ${amount} of ${subject}${eventId === '' ? '' : `, event ${eventId}`}`,
    );
  const { rows, leases, counters, onTheWay, differing } = found;
  output.note(
    `${rows} rows of limits, ${leases} closed leases (${onTheWay} with records on their way), ${counters} counters`,
  );
  if (differing > 0n)
    throw new AppError('REFUSED', 'BOOKS_DIFFER', { metadata: { figures: String(differing) } });
};

const rebuild = async ({ connection, output }: Session, options: DaysOptions): Promise<void> => {
  const days = daysOf(options);
  const { wrong } = await connection.books().rebuildCounters(days);
  output.answer(
    { ...days, wrong },
    ['from', 'to', 'were wrong'],
    [[days.fromDay, days.toDay, String(wrong)]],
  );
};
