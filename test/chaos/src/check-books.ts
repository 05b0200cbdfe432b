import type { BilledAttempt, BookDifference, Books, LimitBook, RecordedAttempt } from './books';
import { sumOf } from './books';

export interface Violation {
  readonly rule: Rule;
  readonly detail: string;
}

export type Rule =
  | 'a limit is over'
  | 'a limit was charged less than was billed'
  | 'a limit was charged more than its records say'
  | 'billed and not recorded'
  | 'recorded twice'
  | 'answered and not billed'
  | 'charged and not billed'
  | 'more was billed than was held'
  | 'another amount than was billed'
  | 'quarantined without its event'
  | 'quarantined though nothing was lost'
  | 'doubt without a record'
  | 'the books differ'
  | 'not at rest'
  | 'a fault was not healed'
  | 'a gateway ended by itself';

/** Every rule that the books break, with what breaks it; empty where all of them hold. */
export const checkBooks = (books: Books): Violation[] => [
  ...books.limits.flatMap((limit) => limitFaults(books, limit)),
  ...attemptFaults(books),
  ...quarantineFaults(books),
  ...books.differences.filter((difference) => !isOfEmptied(books, difference)).map(differenceFault),
  ...books.restless.map((detail): Violation => ({ rule: 'not at rest', detail })),
];

const costOf = ({ unit }: LimitBook, { nanoUsd, tokens }: BilledAttempt): bigint =>
  unit === 'nanoUsd' ? nanoUsd : tokens;

/** What a record charges for good, and with what is in doubt of it, in the limit's unit; tokens have no doubt of their own here. */
const chargeOf = ({ unit }: LimitBook, { nanoUsd, tokens }: RecordedAttempt): bigint =>
  (unit === 'nanoUsd' ? nanoUsd : tokens) ?? 0n;

const limitFaults = (books: Books, limit: LimitBook): Violation[] => {
  const teams = new Set(limit.teams);
  const rows = books.billed.filter(({ team }) => teams.has(team));
  const records = books.recorded.filter(({ team }) => teams.has(team));
  const billed = sumOf(rows, (row) => costOf(limit, row));
  const faults: Violation[] = [];
  const fault = (rule: Rule, figures: string): void => {
    faults.push({ rule, detail: `${limit.of} (${limit.unit}, ${limit.amount}): ${figures}` });
  };
  if (billed > limit.amount) fault('a limit is over', `billed ${billed}, ${billed - limit.amount} too many`);
  // Where a cut call's estimate was too low it is that much less, but where all of its bound stays charged.
  const known = new Set(records.map(({ id }) => id));
  const missing = rows.filter(({ id }) => books.losses.attempts.has(id) && !known.has(id));
  const lost = sumOf(missing, (row) => costOf(limit, row));
  const excused = smaller(lost, forgottenOf({ ...books, recorded: records }, limit));
  const owed = billed - (limit.strict ? 0n : shortOf(limit, rows, records)) - excused;
  if (limit.spent + limit.held < owed)
    fault('a limit was charged less than was billed', `spent ${limit.spent} + held ${limit.held} < ${owed}`);
  const charged = sumOf(records, (record) => chargeOf(limit, record));
  // The ledger may have heard what they cost before their entries were deleted; else it holds their bound.
  if (lost - excused > limit.quarantined + larger(0n, limit.spent - charged))
    fault(
      'a limit was charged less than was billed',
      `quarantine of ${limit.quarantined} does not cover ${lost} of deleted journals, of which ${excused} were forgotten`,
    );
  // A cut call's doubt is freed unless its limit is strict; a lost one's stays. Neither is ever more than its record says.
  const open = sumOf(records, ({ doubtNanoUsd }) => doubtNanoUsd);
  if (limit.unit === 'nanoUsd' && missing.length === 0 && limit.spent > charged + open)
    fault(
      'a limit was charged more than its records say',
      `spent ${limit.spent} > recorded ${charged} + in doubt ${open}`,
    );
  // Of a call whose end nobody saw the ledger has all in doubt.
  const doubted =
    open + sumOf(records, (record) => (record.outcome === 'unknown' ? chargeOf(limit, record) : 0n));
  if (limit.unit === 'nanoUsd' && missing.length === 0 && limit.doubt > doubted)
    fault('doubt without a record', `${limit.doubt} > ${doubted} of its records`);
  return faults;
};

/**
 * What was known in two places, and went in both: leases that the ledger forgot, of journals whose entries were deleted, as far as no
 * record tells of them.
 */
export const forgottenOf = (
  { forgotten, losses, recorded }: Pick<Books, 'forgotten' | 'losses' | 'recorded'>,
  limit: LimitBook,
): bigint => {
  const told = new Map<string, bigint>();
  for (const record of recorded)
    for (const lease of record.leases) told.set(lease, (told.get(lease) ?? 0n) + chargeOf(limit, record));
  return sumOf(
    forgotten.filter(({ limitId, journalId }) => limitId === limit.id && losses.emptied.has(journalId)),
    ({ id, amount }) => larger(0n, amount - (told.get(id) ?? 0n)),
  );
};

const attemptFaults = ({ billed, recorded, answered, losses }: Books): Violation[] => {
  const faults: Violation[] = [];
  const fault = (rule: Rule, detail: string): void => void faults.push({ rule, detail });
  const records = new Map<string, RecordedAttempt>();
  for (const record of recorded) {
    if (records.has(record.id)) fault('recorded twice', record.id);
    records.set(record.id, record);
  }
  const rows = new Map(billed.map((row) => [row.id, row]));
  for (const row of billed) {
    const record = records.get(row.id);
    if (!record) {
      if (!losses.attempts.has(row.id)) fault('billed and not recorded', `${row.id} of ${row.team}`);
      continue;
    }
    const rule = amountFault(row, record);
    if (rule) fault(rule, wordsOf(row, record));
  }
  for (const record of recorded) {
    // What never reached the provider may have been charged by estimate, or be in doubt: it is said of it.
    const excused = record.estimated || record.outcome === 'unknown';
    if (!rows.has(record.id) && !excused && (record.nanoUsd ?? 0n) > 0n)
      fault('charged and not billed', `${record.id} of ${record.team}: ${record.nanoUsd}, ${record.outcome}`);
  }
  const requests = new Set(billed.map(({ id }) => id.slice(0, id.lastIndexOf('.'))));
  for (const id of answered) if (!requests.has(id)) fault('answered and not billed', id);
  return faults;
};

/** A whole answer is charged to the nano-dollar; what was cut, or nobody saw the end of, has its bill within amount and doubt. */
const amountFault = (row: BilledAttempt, record: RecordedAttempt): Rule | undefined => {
  const amount = record.nanoUsd ?? 0n;
  if (record.outcome === 'completed' && !record.estimated)
    return amount === row.nanoUsd ? undefined : 'another amount than was billed';
  return amount + record.doubtNanoUsd < row.nanoUsd ? 'more was billed than was held' : undefined;
};

/** By how much estimates were too low, together. */
export const shortOf = (
  { unit }: Pick<LimitBook, 'unit'>,
  rows: readonly BilledAttempt[],
  records: readonly RecordedAttempt[],
): bigint => {
  const billed = new Map(rows.map((row) => [row.id, unit === 'nanoUsd' ? row.nanoUsd : row.tokens]));
  return sumOf(records, (record) => {
    if (!record.estimated) return 0n;
    const short =
      (billed.get(record.id) ?? 0n) - ((unit === 'nanoUsd' ? record.nanoUsd : record.tokens) ?? 0n);
    return short > 0n ? short : 0n;
  });
};

const wordsOf = (row: BilledAttempt, record: RecordedAttempt): string =>
  `${row.id} of ${row.team}: billed ${row.tokens} tokens, ${row.nanoUsd}${row.completed ? '' : ' (cut)'}; ` +
  `recorded ${record.tokens ?? 'unknown'} tokens, ${record.nanoUsd ?? 'unknown'}, ` +
  `${record.doubtNanoUsd} in doubt, ${record.outcome}${record.estimated ? ', estimated' : ''}`;

/** A lease that was settled, and whose records went with the entries. */
const isOfEmptied = ({ losses }: Books, { subject, kept, found }: BookDifference): boolean =>
  losses.emptied.has(subject.slice(0, subject.lastIndexOf('.'))) && BigInt(kept) > BigInt(found);

const differenceFault = ({ subject, figure, kept, found }: BookDifference): Violation => ({
  rule: 'the books differ',
  detail: `${subject}: ${figure}: ${kept} kept, ${found} found`,
});

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);

const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);

const quarantineFaults = ({ quarantines, losses }: Books): Violation[] =>
  quarantines.flatMap(({ journalId, limitId, amount, told }) => {
    const detail = `${amount} of ${limitId} by ${journalId}`;
    const faults: Violation[] = [];
    if (!told) faults.push({ rule: 'quarantined without its event', detail });
    if (!losses.journals.has(journalId)) faults.push({ rule: 'quarantined though nothing was lost', detail });
    return faults;
  });
