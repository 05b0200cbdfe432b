import { usdBudget } from '../../testing/ledger-harness';
import { isEnough, utilisationOf } from '../../testing/utilisation';
import {
  budget,
  contended,
  hurried,
  impatient,
  moneyAndRequests,
  muchAndLittle,
  openEnded,
  requests,
  resetByHand,
  twoBudgets,
  unlimited,
  window,
} from '../../testing/waiting-scenes';
import { type Scene, WaitingSimulation } from '../../testing/waiting-simulation';

/** Scenes last for 20 seconds of theirs: a tenth of the walks that are made where nothing is timed. */
const SEEDS = Math.ceil(Number(process.env['LEASE_SIMULATION_SEEDS'] ?? 100) / 10);
/** Some seconds of them: `npm run simulate` takes more. */
const BUDGETS = 10;
const ROUND_TRIP_MS = 4;

/** Six hold 60 % for eight seconds; then the sixteen come who need little, in the midst of which one needs 70 %. */
const mixed = (waiters: number): Scene => ({
  limit: usdBudget('p', 1_000_000n),
  gateways: 4,
  crowds: [
    {
      clients: 16,
      request: (dice) => ({ bound: 1_000n, cost: 300n, lastsMs: 50 + dice.roll(100) }),
      ...{ thinksMs: () => 20, waitMs: 2_000, startsMs: 2_000 },
    },
    {
      clients: waiters,
      request: () => ({ bound: 700_000n, cost: 100n, lastsMs: 100 }),
      ...{ thinksMs: () => 1e9, waitMs: 30_000, startsMs: 1_000 },
    },
    {
      clients: 6,
      request: () => ({ bound: 100_000n, cost: 100n, lastsMs: 8_000 }),
      ...{ thinksMs: () => 1e9, waitMs: 0 },
    },
  ],
  lastsMs: 12_000,
});

const p99 = (values: readonly number[]): number =>
  values.toSorted((one, other) => one - other)[Math.floor((values.length - 1) * 0.99)] ?? Infinity;

describe('who waits for limits, while nothing is lost', () => {
  it.each<[string, Scene]>([
    ['a budget', budget],
    ['a budget for which not all wait equally long', impatient],
    ['a budget whose clients do not wait', hurried],
    ['a budget of whom no limit of their output is set', openEnded],
    ['a budget of which some need much and many little', muchAndLittle],
    ['a rate of requests', requests],
    ['a rate of requests whose window ends', window],
    ['a budget that is reset', resetByHand],
    ['a budget in USD and one in tokens', twoBudgets],
    ['a budget and a rate of requests', moneyAndRequests],
  ])('is refused by %s only where it does not fit, by what is truly spent and under way', (_, scene) => {
    let refused = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const result = new WaitingSimulation(seed, scene).run();
      if (result.faults.length > 0) throw new Error(`seed ${seed}: ${result.faults.join('; ')}`);
      refused += result.refused;
    }
    expect(refused).toBeGreaterThan(SEEDS);
  });

  it.each([
    [2_000, 0.85],
    [30_000, 0.99],
  ])(
    'is refused, waiting for %i ms, only when most of a budget is spent: %f',
    (waitMs, share) => {
      for (let seed = 1; seed <= 3; seed++) {
        const { used, faults, refused } = new WaitingSimulation(seed, contended(waitMs)).run();
        expect({ faults, refused }).toEqual({ faults: [], refused: 1 });
        expect(used).toBeGreaterThan(share);
        expect(used).toBeLessThanOrEqual(1);
      }
    },
    60_000,
  );

  it.each(utilisationOf(BUDGETS))(
    'is refused, with a gateway killed every $killEveryMs ms, when the share $usedAtLeast is spent',
    (utilisation) => {
      expect(utilisation).toMatchObject({ faults: [] });
      expect(isEnough(utilisation)).toBe(true);
      expect(utilisation.kills > 0).toBe(utilisation.killEveryMs !== undefined);
    },
  );

  it('who has set no limit of its output is given a share of what is left, and most of it is spent', () => {
    for (let seed = 1; seed <= 3; seed++)
      expect(new WaitingSimulation(seed, unlimited(30_000)).run()).toMatchObject({ faults: [], refused: 1 });
  }, 60_000);

  it('gets much in the end, and holds up nobody who needs little meanwhile', () => {
    const [without, beside] = [0, 1].map((waiters) => new WaitingSimulation(1, mixed(waiters)).run());
    expect([without?.faults, beside?.faults, without?.refused, beside?.refused]).toEqual([[], [], 0, 0]);
    const waited = beside?.waits[1]?.[0] ?? Infinity;
    // Until those have settled who came before it.
    expect(waited).toBeGreaterThan(5_000);
    expect(waited).toBeLessThan(9_000);
    // Requests take 100 ms: beside the waiter they use slices as without it, until it might have these too.
    const small = beside?.waits[0] ?? [];
    expect(small.filter((waited) => waited > 0).length).toBeLessThan(small.length * 0.03);
    expect(p99(small)).toBeLessThanOrEqual(ROUND_TRIP_MS);
    expect(small.length).toBeGreaterThan((without?.waits[0]?.length ?? 0) * 0.99);
  });
});
