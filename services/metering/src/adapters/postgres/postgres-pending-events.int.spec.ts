import { deriveEventId, deriveId, FixedClock, limitId, organizationId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import type { PendingEvent } from '../../domain/lease/lease.events';
import { START } from '../../testing/ledger-harness';
import { type MeteringDatabase, meteringDatabase } from '../../testing/postgres-harness';
import { insertEvents } from './ledger-writes';
import { PostgresPendingEvents } from './postgres-pending-events';

const crossed = (percent: number): PendingEvent => ({
  id: deriveEventId('crossed', String(percent)),
  organizationId: organizationId(deriveId('org', 'ours')),
  event: {
    type: 'BudgetThresholdCrossed',
    ...{ limitId: limitId(deriveId('lim', 'l')), scope: { kind: 'workspace', id: deriveId('ws', 'w') } },
    ...{ periodStart: START, percent, limit: 100n, spent: BigInt(percent) },
  },
});

describe('events that the log may not have yet', () => {
  let database: MeteringDatabase;

  beforeAll(async () => {
    database = await meteringDatabase();
  });
  afterAll(() => database.close());

  const decide = (pool: PgPool, percents: readonly number[]) =>
    pool.inTransaction((tx) => Promise.all(insertEvents(tx, percents.map(crossed))));

  it('are forgotten as far as a slow log has taken them, while their transaction may be idle', async () => {
    const pool = new PgPool(database.pool);
    const clock = new FixedClock(START);
    const pending = new PostgresPendingEvents(pool, clock);
    const percents = Array.from({ length: 10 }, (_, n) => n + 1);
    await decide(pool, percents);
    const told: unknown[] = [];
    const tell = ({ event }: PendingEvent) => {
      told.push('percent' in event && event.percent);
      clock.advance(1_000);
      return Promise.resolve(undefined);
    };
    expect([await pending.tell(tell), await pending.tell(tell), await pending.tell(tell)]).toEqual([4, 4, 2]);
    expect(told).toEqual(percents);
    expect(await pending.tell(tell)).toBe(0);
  });

  it('are told in order, whichever process tells them', async () => {
    const pool = new PgPool(database.pool);
    const [one, other] = [0, 1].map(() => new PostgresPendingEvents(pool, new FixedClock(START)));
    const told: unknown[] = [];
    const tell = ({ event }: PendingEvent) => {
      told.push('percent' in event && event.percent);
      return Promise.resolve(undefined);
    };
    await decide(pool, [11]);
    await one?.tell(async (event) => {
      await decide(pool, [12]);
      expect(await other?.tell(tell)).toBe(0);
      return tell(event);
    });
    expect(await other?.tell(tell)).toBe(1);
    expect(told).toEqual([11, 12]);
  });
});
