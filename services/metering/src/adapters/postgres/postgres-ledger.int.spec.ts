import type { ResetRule } from '@gatehouse/kernel';
import { budgetContract } from '../../testing/budget.contract';
import { emptyJournal } from '../../testing/empty-journal';
import { leaseContract, sliceAsk } from '../../testing/lease.contract';
import { JOURNAL, scopeWith, usdBudget } from '../../testing/ledger-harness';
import { ledgerContract } from '../../testing/ledger.contract';
import { meteringDatabase, type MeteringDatabase, postgresHarness } from '../../testing/postgres-harness';

let shared: MeteringDatabase;

beforeAll(async () => {
  shared = await meteringDatabase();
});

afterAll(() => shared.close());

ledgerContract('Postgres', () => postgresHarness(shared));
leaseContract('Postgres', () => postgresHarness(shared));
budgetContract('Postgres', () => postgresHarness(shared));

it.each<ResetRule>([
  { period: 'never' },
  { period: 'weekly' },
  { period: 'weekly', weekday: 'monday', timeZone: 'Europe/Berlin' },
  { period: 'monthly', timeZone: 'Asia/Tokyo' },
  { period: 'days', everyDays: 30 },
  { period: 'days', everyDays: 30, timeZone: 'Asia/Tokyo' },
])('looks once at a budget that is reset otherwise: %j', async (reset) => {
  const harness = await postgresHarness(shared);
  await harness.ledger.carryOut(emptyJournal(JOURNAL));
  const monthly = scopeWith('p', [usdBudget('p', 100n)]);
  await harness.setScope(monthly);
  await harness.ledger.carryOut(sliceAsk('ask', [monthly], { nanoUsd: 1n }));
  await harness.setScope(scopeWith('p', [usdBudget('p', 100n, { reset })]));
  const looks = jest.spyOn(harness.ledger, 'carryOut');
  for (let look = 0; look < 3; look++) await harness.ledger.reviewBudgets();
  expect(looks).toHaveBeenCalledTimes(1);
  await harness.close();
});

it('looks at budgets that have changed behind those that it could not look at, and at these again', async () => {
  const harness = await postgresHarness(shared);
  await harness.ledger.carryOut(emptyJournal(JOURNAL));
  for (let index = 0; index < 101; index++) {
    const of = (amount: bigint) => scopeWith(`p${index}`, [usdBudget(`p${index}`, amount)]);
    await harness.setScope(of(100n));
    await harness.ledger.carryOut(sliceAsk(`ask ${index}`, [of(100n)], { nanoUsd: 1n }));
    await harness.setScope(of(90n));
  }
  const other = await shared.pool.connect();
  await other.query('BEGIN');
  await other.query('SELECT FROM metering.ledger ORDER BY scope_kind, scope_id LIMIT 1 FOR UPDATE');
  await expect(harness.ledger.reviewBudgets()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  expect(await harness.ledger.reviewBudgets()).toBe(1);
  await other.query('ROLLBACK');
  other.release();
  expect(await harness.ledger.reviewBudgets()).toBe(100);
  expect(await harness.ledger.reviewBudgets()).toBe(0);
  await harness.close();
}, 30_000);
