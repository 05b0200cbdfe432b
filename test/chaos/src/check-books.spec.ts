import type { BilledAttempt, Books, LimitBook, RecordedAttempt } from './books';
import { checkBooks } from './check-books';

const row = (id: string, nanoUsd: bigint, completed = true): BilledAttempt => ({
  id,
  team: 'w1a',
  nanoUsd,
  tokens: nanoUsd / 10n,
  completed,
});

const record = (
  { id, team, nanoUsd, tokens, completed }: BilledAttempt,
  change: Partial<RecordedAttempt> = {},
): RecordedAttempt => ({
  id,
  team,
  outcome: completed ? 'completed' : 'cut',
  nanoUsd,
  doubtNanoUsd: 0n,
  tokens,
  estimated: !completed,
  leases: [],
  ...change,
});

const BILLED = [row('a.1', 100n), row('b.1', 200n), row('c.1', 50n, false)];

const limit = (change: Partial<LimitBook> = {}): LimitBook => ({
  id: 'lim_usd',
  of: 'provision of w1a',
  unit: 'nanoUsd',
  amount: 1_000n,
  strict: false,
  spent: 360n,
  held: 0n,
  quarantined: 0n,
  doubt: 0n,
  teams: ['w1a'],
  ...change,
});

/** Two whole answers, and one that was cut and estimated high. */
const kept: Books = {
  limits: [limit(), limit({ id: 'lim_tokens', unit: 'tokens', amount: 100n, spent: 36n })],
  billed: BILLED,
  recorded: BILLED.map((each) => record(each, each.completed ? {} : { nanoUsd: 60n, doubtNanoUsd: 40n })),
  answered: new Set(['a', 'b']),
  quarantines: [],
  losses: { journals: new Set(), emptied: new Set(), attempts: new Set() },
  forgotten: [],
  differences: [],
  restless: [],
};

const rulesOf = (books: Books): string[] => checkBooks(books).map(({ rule }) => rule);

const withRecord = (index: number, change: Partial<RecordedAttempt>): Books => ({
  ...kept,
  recorded: kept.recorded.map((each, at) => (at === index ? { ...each, ...change } : each)),
});

const without = (id: string): readonly RecordedAttempt[] => kept.recorded.filter((each) => each.id !== id);

describe('the checker', () => {
  it('finds nothing in books that were kept', () => {
    expect(checkBooks(kept)).toEqual([]);
  });

  it('finds a limit that is over by one, in its own unit', () => {
    expect(rulesOf({ ...kept, limits: [limit({ amount: 349n })] })).toEqual(['a limit is over']);
    expect(rulesOf({ ...kept, limits: [limit({ amount: 350n })] })).toEqual([]);
    expect(rulesOf({ ...kept, limits: [limit({ unit: 'tokens', amount: 34n, spent: 36n })] })).toEqual([
      'a limit is over',
    ]);
  });

  it('finds a limit that is over for several teams together', () => {
    const other = { ...row('d.1', 700n), team: 'w1b' };
    const both: Books = { ...kept, billed: [...BILLED, other], recorded: [...kept.recorded, record(other)] };
    expect(rulesOf({ ...both, limits: [limit({ spent: 1_060n, teams: ['w1a', 'w1b'] })] })).toEqual([
      'a limit is over',
    ]);
    expect(rulesOf(both)).toEqual([]);
  });

  it('finds a ledger that says less than was billed', () => {
    expect(rulesOf({ ...kept, limits: [limit({ spent: 349n })] })).toEqual([
      'a limit was charged less than was billed',
    ]);
    expect(rulesOf({ ...kept, limits: [limit({ spent: 300n, held: 50n })] })).toEqual([]);
  });

  it('finds a ledger that says more than the records, or doubts what none of them does', () => {
    expect(rulesOf({ ...kept, limits: [limit({ spent: 400n, doubt: 40n })] })).toEqual([]);
    expect(rulesOf({ ...kept, limits: [limit({ spent: 401n })] })).toEqual([
      'a limit was charged more than its records say',
    ]);
    expect(rulesOf({ ...kept, limits: [limit({ spent: 400n, doubt: 41n })] })).toEqual([
      'doubt without a record',
    ]);
  });

  it('finds a record that was dropped', () => {
    expect(rulesOf({ ...kept, recorded: without('b.1'), limits: [] })).toEqual(['billed and not recorded']);
  });

  it('finds a record that is there twice', () => {
    const [first] = kept.recorded;
    expect(rulesOf({ ...kept, recorded: [...kept.recorded, ...(first ? [first] : [])], limits: [] })).toEqual(
      ['recorded twice'],
    );
  });

  it('finds another amount than was billed for a whole answer', () => {
    expect(rulesOf(withRecord(0, { nanoUsd: 101n }))).toEqual(['another amount than was billed']);
    expect(rulesOf(withRecord(0, { nanoUsd: undefined }))).toContain('another amount than was billed');
  });

  it('finds a cut call, and one whose end nobody saw, that was billed more than was held for it', () => {
    expect(rulesOf(withRecord(2, { nanoUsd: 20n, doubtNanoUsd: 29n }))).toContain(
      'more was billed than was held',
    );
    const unknown = { outcome: 'unknown', nanoUsd: 10n, estimated: true } as const;
    expect(rulesOf(withRecord(2, { ...unknown, doubtNanoUsd: 90n }))).toEqual([]);
    expect(rulesOf(withRecord(2, { ...unknown, doubtNanoUsd: 39n }))).toContain(
      'more was billed than was held',
    );
  });

  it('lets an estimate be too low, by which a limit may have been charged less unless it is strict', () => {
    const low = withRecord(2, { nanoUsd: 45n, doubtNanoUsd: 55n });
    expect(rulesOf({ ...low, limits: [limit({ spent: 345n })] })).toEqual([]);
    expect(rulesOf({ ...low, limits: [limit({ spent: 344n })] })).toEqual([
      'a limit was charged less than was billed',
    ]);
    expect(rulesOf({ ...low, limits: [limit({ spent: 345n, strict: true })] })).toEqual([
      'a limit was charged less than was billed',
    ]);
  });

  it('finds what was charged and never billed, but for what says that it is a guess', () => {
    const never = record(row('z.1', 10n));
    expect(rulesOf({ ...kept, recorded: [...kept.recorded, never] })).toEqual(['charged and not billed']);
    for (const guess of [{ estimated: true }, { outcome: 'unknown' as const }, { nanoUsd: 0n }])
      expect(rulesOf({ ...kept, recorded: [...kept.recorded, { ...never, ...guess }] })).toEqual([]);
  });

  it('finds an answer that no provider billed', () => {
    expect(rulesOf({ ...kept, answered: new Set(['a', 'nobody']) })).toEqual(['answered and not billed']);
  });

  it('has quarantine cover what went with a deleted journal, and nothing else', () => {
    const losses = { journals: new Set(['jnl_1']), emptied: new Set(['jnl_1']), attempts: new Set(['b.1']) };
    const lost = { ...kept, recorded: without('b.1'), losses };
    const quarantines = [{ limitId: 'lim_usd', journalId: 'jnl_1', amount: 200n, told: true }];
    const covered = limit({ spent: 160n, held: 200n, quarantined: 200n });
    expect(rulesOf({ ...lost, limits: [covered], quarantines })).toEqual([]);
    // The ledger had heard of it before the journal was deleted.
    expect(rulesOf({ ...lost, limits: [limit()] })).toEqual([]);
    const half = limit({ spent: 160n, held: 199n, quarantined: 199n });
    expect(rulesOf({ ...lost, limits: [half] })).toEqual(['a limit was charged less than was billed']);
    expect(rulesOf({ ...lost, limits: [covered], quarantines, recorded: without('a.1') })).toContain(
      'billed and not recorded',
    );
  });

  it('excuses what a deleted journal and a restored ledger have both forgotten, and not one more', () => {
    const losses = { journals: new Set(['jnl_1']), emptied: new Set(['jnl_1']), attempts: new Set(['b.1']) };
    const lost: Books = { ...kept, recorded: without('b.1'), losses, limits: [limit({ spent: 160n })] };
    const forgotten = { limitId: 'lim_usd', journalId: 'jnl_1', id: 'jnl_1.7', amount: 200n };
    const found = (...leases: readonly (typeof forgotten)[]): string[] =>
      rulesOf({ ...lost, forgotten: leases });
    expect(found(forgotten)).toEqual([]);
    expect(found({ ...forgotten, amount: 150n }, { ...forgotten, amount: 50n })).toEqual([]);
    const short = 'a limit was charged less than was billed';
    // All that was billed is charged less, and what was lost is not covered.
    expect(found()).toEqual([short, short]);
    expect(found({ ...forgotten, amount: 189n })).toEqual([short, short]);
    // Of another limit, and of a journal that kept its entries.
    expect(found({ ...forgotten, limitId: 'lim_tokens' })).toEqual([short, short]);
    expect(found({ ...forgotten, journalId: 'jnl_2' })).toEqual([short, short]);
    // What a record tells of it was not forgotten.
    const recorded = lost.recorded.map((each) =>
      each.id === 'a.1' ? { ...each, leases: ['jnl_1.7'] } : each,
    );
    expect(rulesOf({ ...lost, recorded, forgotten: [{ ...forgotten, amount: 300n }] })).toEqual([]);
    expect(rulesOf({ ...lost, recorded, forgotten: [{ ...forgotten, amount: 289n }] })).toEqual([
      short,
      short,
    ]);
    // It excuses nothing but attempts that were lost.
    expect(rulesOf({ ...kept, forgotten: [forgotten], losses, limits: [limit({ spent: 349n })] })).toEqual([
      short,
    ]);
  });

  it('finds quarantine without an event, or of a journal that lives', () => {
    const losses = { journals: new Set(['jnl_1']), emptied: new Set<string>(), attempts: new Set<string>() };
    const quarantine = { limitId: 'lim_usd', journalId: 'jnl_1', amount: 1n, told: true };
    const found = (change: Partial<typeof quarantine>): string[] =>
      rulesOf({ ...kept, losses, quarantines: [{ ...quarantine, ...change }] });
    expect(found({})).toEqual([]);
    expect(found({ told: false })).toEqual(['quarantined without its event']);
    expect(found({ journalId: 'jnl_2' })).toEqual(['quarantined though nothing was lost']);
  });

  it('finds books that differ, but for leases whose records were deleted', () => {
    const losses = { journals: new Set(['jnl_1']), emptied: new Set(['jnl_1']), attempts: new Set<string>() };
    const found = (subject: string, has: string, makes: string): string[] =>
      rulesOf({ ...kept, losses, differences: [{ subject, figure: 'attempts', kept: has, found: makes }] });
    expect(found('jnl_1.7', '2', '1')).toEqual([]);
    expect(found('jnl_1.7', '1', '2')).toEqual(['the books differ']);
    expect(found('jnl_2.7', '2', '1')).toEqual(['the books differ']);
  });

  it('passes on what is not at rest', () => {
    expect(checkBooks({ ...kept, restless: ['gateway 1'] })).toEqual([
      { rule: 'not at rest', detail: 'gateway 1' },
    ]);
  });
});
