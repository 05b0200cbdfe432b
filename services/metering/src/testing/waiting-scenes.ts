import { rateLimit, usdBudget } from './ledger-harness';
import type { Dice } from './ledger-simulation';
import type { Crowd, Scene, SimRequest, WaitingMutant } from './waiting-simulation';

/** Bursts and pauses, so that leases lie idle here while others wait there. */
const thinksMs = (dice: Dice): number => dice.pick([0, 20, 200, 3_000, 6_000]);

const busy = (dice: Dice): number => dice.pick([20, 200, 500]);

const usd: Crowd = {
  clients: 24,
  request: (dice) => {
    const bound = BigInt(1 + dice.roll(dice.roll(8) === 0 ? 300 : 30));
    return { bound, cost: BigInt(dice.roll(Number(bound) + 1)), lastsMs: 20 + dice.roll(500) };
  },
  thinksMs,
  waitMs: 2_000,
};

/** Less than its clients need, so that some are refused. */
export const budget: Scene = { limit: usdBudget('p', 4_000n), gateways: 3, crowds: [usd], lastsMs: 20_000 };
/** Most wait long, some for a moment: their waits are over before that of whoever came before them. */
export const impatient: Scene = {
  ...budget,
  crowds: [
    { ...usd, clients: 16 },
    { ...usd, clients: 8, waitMs: 300 },
  ],
};

/** Nobody waits for holds in flight. */
export const hurried: Scene = { ...budget, crowds: [{ ...usd, waitMs: 0 }] };

export const requests: Scene = {
  ...budget,
  limit: rateLimit('rpm', 'requests', 120n),
  crowds: [{ ...usd, request: (dice) => ({ bound: 1n, cost: 1n, lastsMs: 20 + dice.roll(500) }) }],
};

/** Of clients that set no limit of their output: what they may come to at most is the budget. */
export const openEnded: Scene = {
  ...budget,
  crowds: [
    {
      ...usd,
      request: (dice) => {
        const least = BigInt(1 + dice.roll(40));
        return { bound: 4_000n, least, cost: BigInt(dice.roll(200)), lastsMs: 20 + dice.roll(500) };
      },
    },
  ],
};

/** Used up long before its window ends, and asked for all the same. */
export const window: Scene = {
  ...requests,
  crowds: requests.crowds.map((each) => ({ ...each, thinksMs: busy, startsMs: 50_000 })),
  ...{ beginsAnewAtMs: 60_000, lastsMs: 64_000 },
};
/** Used up, and reset by an admin. */
export const resetByHand: Scene = {
  ...budget,
  crowds: [{ ...usd, thinksMs: busy }],
  ...{ beginsAnewAtMs: 10_000, lastsMs: 14_000 },
};

const both = (dice: Dice, [usdMax, tokensMax]: readonly [number, number]): SimRequest => {
  const [bound, tokens] = [BigInt(1 + dice.roll(usdMax)), BigInt(1 + dice.roll(tokensMax))];
  return {
    ...{ bound, cost: BigInt(dice.roll(Number(bound) + 1)) },
    beside: { bound: tokens, cost: BigInt(dice.roll(Number(tokens) + 1)) },
    lastsMs: 20 + dice.roll(500),
  };
};

/** Of which each request needs a part: some much of one and some of the other, and some of both. */
export const twoBudgets: Scene = {
  limit: usdBudget('p', 6_000n),
  beside: usdBudget('t', 6_000n, { unit: 'tokens' } as object),
  gateways: 3,
  crowds: (
    [
      [600, 20],
      [20, 600],
      [2_000, 2_000],
      [30, 30],
    ] as const
  ).map((most, index) => ({
    clients: index === 2 ? 3 : 6,
    request: (dice) => both(dice, most),
    ...{ thinksMs, waitMs: index === 3 ? 300 : 2_000 },
  })),
  lastsMs: 20_000,
};

/** Whoever waits for money has had its request counted, or not. */
export const moneyAndRequests: Scene = {
  ...twoBudgets,
  beside: rateLimit('rpm', 'requests', 200n),
  crowds: twoBudgets.crowds.map(({ request, ...rest }) => ({
    ...rest,
    request: (dice) => ({ ...request(dice), beside: { bound: 1n, cost: 1n } }),
  })),
};

/** Some hold much for long, and wait for each other; of those who need little each gateway has many, now and then. */
export const muchAndLittle: Scene = {
  limit: usdBudget('p', 10_000n),
  gateways: 3,
  crowds: [
    {
      clients: 5,
      request: (dice) => ({
        bound: BigInt(1_000 + dice.roll(3_000)),
        cost: 1n,
        lastsMs: 300 + dice.roll(3_000),
      }),
      ...{ thinksMs: (dice) => dice.roll(500), waitMs: 1_500 },
    },
    {
      clients: 12,
      request: (dice) => ({ bound: BigInt(10 + dice.roll(20)), cost: 1n, lastsMs: 20 + dice.roll(50) }),
      ...{ thinksMs: (dice) => dice.pick([0, 0, 0, 0, 0, 0, 20, 20, 2_000]), waitMs: 300 },
    },
  ],
  lastsMs: 20_000,
};

const LIMIT = 100_000_000_000n;

/** 256 clients that ask again at once: in the mean 23 % of the budget are under way. */
const crowd = (waitMs: number): Crowd => ({
  clients: 256,
  request: (dice) => {
    const bound = dice.pick([30_000_000n, 60_000_000n, 90_000_000n, 180_000_000n]);
    const cost = (bound * BigInt(10 + dice.roll(91))) / 100n;
    return { bound, cost, lastsMs: dice.pick([300, 1_000, 4_000]) };
  },
  thinksMs: () => 0,
  waitMs,
});

/** A budget of 100 USD shared by four gateways, until somebody is refused. */
export const contended = (waitMs: number, killEveryMs?: number): Scene => ({
  limit: usdBudget('p', LIMIT),
  gateways: 4,
  crowds: [crowd(waitMs)],
  lastsMs: 600_000,
  untilRefused: true,
  ...(killEveryMs !== undefined && { killEveryMs }),
});

/** The same, of clients that set no limit of their output: what they may come to at most is the budget. */
export const unlimited = (waitMs: number): Scene => {
  const { request, ...rest } = crowd(waitMs);
  const asks: Crowd['request'] = (dice) => ({ ...request(dice), bound: LIMIT, least: 30_000_000n });
  return { ...contended(waitMs), crowds: [{ ...rest, request: asks }], usedAtLeast: 0.99 };
};

/** Where each shows. */
export const SCENE_OF_MUTANT: Readonly<Record<WaitingMutant, Scene>> = {
  'nobody is told that somebody waits': budget,
  'who waits for requests is refused at once': requests,
  'denials that are never forgotten': resetByHand,
  'greedy clamp': unlimited(30_000),
  'who can wait no longer is refused for the sake of the head': impatient,
  'who does not wait is refused what others do not use': hurried,
  'what was granted beside who waits is not called back': muchAndLittle,
};
