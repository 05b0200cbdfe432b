import * as fc from 'fast-check';
import {
  deriveId,
  FixedClock,
  type Limit,
  type LimitSpec,
  limitId,
  nanoUsd,
  organizationId,
} from '@gatehouse/kernel';
import type { UsageSums } from '../../domain/usage/usage-record';
import { beginOf } from '../../domain/usage/usage-rollup';
import {
  type ReplayedModels,
  ReplayUsageHandler,
  ReplayUsageQuery,
  type UsageReplay,
} from './replay-usage.handler';
import { type SumsFilter, type SumsShape, UsageAccounts } from './usage.ports';

interface Call {
  readonly at: Date;
  readonly model?: string;
  readonly key?: string;
  readonly workspace?: string;
  readonly provision?: string;
  readonly amount?: bigint;
  readonly doubt?: bigint;
  readonly tokens?: bigint;
  readonly unknown?: boolean;
}

/** Sums as the counters have them, of calls in memory. */
class CountedCalls extends UsageAccounts {
  readonly asked: (UsageGrainAsked | undefined)[] = [];

  constructor(private readonly calls: readonly Call[]) {
    super();
  }

  records = () => Promise.reject(new Error('no records are needed'));
  lastCalls = () => Promise.reject(new Error('nobody asks for it'));

  async sums(filter: SumsFilter, { by, every }: SumsShape): Promise<readonly UsageSums[]> {
    const { from, until, apiKeyId, workspaceId, workspaceIds, models } = filter;
    this.asked.push(every);
    const sums = new Map<string, UsageSums>();
    for (const call of this.calls) {
      if ((from && call.at < from) || (until && call.at >= until)) continue;
      if (apiKeyId !== undefined && call.key !== apiKeyId) continue;
      if (workspaceId !== undefined && call.workspace !== workspaceId) continue;
      if (workspaceIds && !workspaceIds.includes(call.workspace ?? '')) continue;
      if (models && !models.includes(call.model ?? '')) continue;
      const begins = every && new Date(beginOf(call.at.getTime(), every));
      const model = by.includes('model') ? (call.model ?? '') : undefined;
      const apiKey = by.includes('apiKey') ? (call.key ?? '') : undefined;
      const workspace = by.includes('workspace') ? (call.workspace ?? '') : undefined;
      const provision = by.includes('provision') ? (call.provision ?? '') : undefined;
      const key = `${begins?.toISOString()} ${model} ${apiKey} ${workspace} ${provision}`;
      const known = sums.get(key);
      sums.set(key, {
        by: {
          ...(model !== undefined && { model }),
          ...(apiKey !== undefined && { apiKey }),
          ...(workspace !== undefined && { workspace }),
          ...(provision !== undefined && { provision }),
        },
        ...(begins && { begins }),
        requests: (known?.requests ?? 0n) + 1n,
        inputTokens: (known?.inputTokens ?? 0n) + (call.tokens ?? 0n),
        outputTokens: known?.outputTokens ?? 0n,
        amount: (known?.amount ?? 0n) + (call.amount ?? 0n),
        doubt: (known?.doubt ?? 0n) + (call.doubt ?? 0n),
        unknownRequests: (known?.unknownRequests ?? 0n) + (call.unknown ? 1n : 0n),
      });
    }
    return [...sums.values()].sort((a, b) => Number(a.begins) - Number(b.begins));
  }
}
type UsageGrainAsked = NonNullable<SumsShape['every']>;

const OURS = organizationId(deriveId('org', 'ours'));
const NOW = new Date('2026-05-14T12:34:56Z');
const at = (text: string): Date => new Date(`${text}Z`);
const limit = (spec: LimitSpec): Limit => ({ ...spec, id: limitId(deriveId('lim', 'a')) });
const usd = (
  amount: bigint,
  reset: Extract<LimitSpec, { kind: 'budget' }>['reset'] = { period: 'monthly' },
): Limit => limit({ kind: 'budget', unit: 'nanoUsd', amount: nanoUsd(amount), reset, strict: false });
const rate = (unit: 'requests' | 'tokens', window: 'minute' | 'hour' | 'day', amount: bigint): Limit =>
  limit({ kind: 'rate', unit, amount, window });

const replay = (
  calls: readonly Call[],
  limits: readonly Limit[],
  models?: readonly string[],
): Promise<UsageReplay> =>
  new ReplayUsageHandler(new CountedCalls(calls), new FixedClock(NOW)).execute(
    new ReplayUsageQuery(
      { organizationId: OURS },
      limits,
      models && { kind: 'only', names: new Set(models) },
    ),
  );
const replayOf = async (calls: readonly Call[], of: Limit) => {
  const [first] = (await replay(calls, [of])).limits;
  if (!first) throw new Error('a limit was given');
  return first;
};

describe('usage that is replayed under a budget', () => {
  /** 100 in the last minutes of the month before, which counts for nothing; then 40, 50 and four times 30. */
  const april: readonly Call[] = [
    { at: at('2026-03-31T23:59:59'), amount: 100n },
    { at: at('2026-04-01T00:00:00'), amount: 40n },
    { at: at('2026-04-10T08:00:30'), amount: 50n, doubt: 20n },
    { at: at('2026-04-10T08:20:10'), amount: 30n },
    { at: at('2026-04-10T08:20:50'), amount: 30n },
    { at: at('2026-04-10T08:21:00'), amount: 30n, unknown: true },
    { at: at('2026-04-20T00:00:00'), amount: 30n },
    { at: at('2026-05-01T00:00:00'), amount: 500n },
  ];

  it('ran out in a minute, of whose calls one was refused at least, and all after it', async () => {
    expect(await replayOf(april, usd(119n))).toMatchObject({
      period: { from: at('2026-04-01T00:00:00'), until: at('2026-05-01T00:00:00') },
      requests: 6n,
      spent: 210n,
      refused: { min: 3n, max: 4n },
      ranOut: { from: at('2026-04-10T08:20:00'), until: at('2026-04-10T08:21:00') },
      unknownRequests: 1n,
    });
  });

  it.each([
    [210n, 0n, 0n, undefined],
    [209n, 1n, 1n, '2026-04-20T00:00:00'],
    [180n, 1n, 1n, '2026-04-20T00:00:00'],
    [179n, 2n, 2n, '2026-04-10T08:21:00'],
    [89n, 5n, 5n, '2026-04-10T08:00:00'],
    [39n, 6n, 6n, '2026-04-01T00:00:00'],
  ])('of %d: %d to %d calls are refused, from %s on', async (amount, min, max, minute) => {
    const { refused, ranOut } = await replayOf(april, usd(amount));
    expect(refused).toEqual({ min, max });
    expect(ranOut?.from).toEqual(minute === undefined ? undefined : at(minute));
  });

  it('that is strict bears doubt as well', async () => {
    const strict = limit({
      ...{
        kind: 'budget',
        unit: 'nanoUsd',
        amount: nanoUsd(210n),
        reset: { period: 'monthly' },
        strict: true,
      },
    });
    const minute = { from: at('2026-04-20T00:00:00'), until: at('2026-04-20T00:01:00') };
    expect(await replayOf(april, strict)).toMatchObject({
      spent: 230n,
      refused: { min: 1n, max: 1n },
      ranOut: minute,
    });
  });

  it('lets more be spent while it is raised', async () => {
    const raise = { more: 90n, until: new Date(NOW.getTime() + 1) };
    expect((await replayOf(april, { ...usd(120n), raise })).refused).toEqual({ min: 0n, max: 0n });
    const over = { more: 90n, until: NOW };
    expect((await replayOf(april, { ...usd(120n), raise: over })).refused.min).toBe(3n);
  });

  it.each([
    [{ period: 'weekly' }, '2026-05-03T00:00:00', '2026-05-10T00:00:00'],
    [{ period: 'weekly', weekday: 'friday' }, '2026-05-01T00:00:00', '2026-05-08T00:00:00'],
    [{ period: 'monthly', timeZone: 'Europe/Berlin' }, '2026-03-31T22:00:00', '2026-04-30T22:00:00'],
    [{ period: 'days', everyDays: 3 }, '2026-05-11T00:00:00', '2026-05-14T00:00:00'],
    [
      { period: 'days', everyDays: 1, timeZone: 'Asia/Kathmandu' },
      '2026-05-12T18:15:00',
      '2026-05-13T18:15:00',
    ],
    [{ period: 'never' }, '2026-04-14T00:00:00', '2026-05-14T00:00:00'],
  ] as const)('%j: is seen over the last period that is over', async (reset, from, until) => {
    const { period } = await replayOf([], usd(1n, reset));
    expect(period).toEqual({ from: at(from), until: at(until) });
  });

  it('counts what was in the period to the minute, where that begins within an hour', async () => {
    const calls = [
      '2026-05-12T18:14:59',
      '2026-05-12T18:15:00',
      '2026-05-13T18:14:59',
      '2026-05-13T18:15:00',
    ];
    const found = await replayOf(
      calls.map((time) => ({ at: at(time), amount: 1n })),
      usd(1n, { period: 'days', everyDays: 1, timeZone: 'Asia/Kathmandu' }),
    );
    expect(found).toMatchObject({ requests: 2n, spent: 2n, refused: { min: 1n, max: 1n } });
  });

  it('of tokens counts tokens', async () => {
    const tokens = limit({
      kind: 'budget',
      unit: 'tokens',
      amount: 9n,
      reset: { period: 'monthly' },
      strict: false,
    });
    const calls = [5n, 5n].map((count, n) => ({
      at: at(`2026-04-0${n + 1}T00:00:00`),
      tokens: count,
      amount: 900n,
    }));
    expect(await replayOf(calls, tokens)).toMatchObject({ spent: 10n, refused: { min: 1n, max: 1n } });
  });
});

describe('usage that is replayed under a rate', () => {
  const minutes = (...counts: readonly (readonly [string, number])[]): readonly Call[] =>
    counts.flatMap(([time, count]) => Array.from({ length: count }, () => ({ at: at(time), tokens: 10n })));

  it('of requests is counted to one, window by window', async () => {
    const calls = minutes(
      ['2026-05-06T23:59:59', 90],
      ['2026-05-07T10:00:00', 5],
      ['2026-05-07T10:00:59', 2],
      ['2026-05-07T10:01:00', 4],
      ['2026-05-13T23:59:59', 8],
      ['2026-05-14T00:00:00', 90],
    );
    const period = { from: at('2026-05-07T00:00:00'), until: at('2026-05-14T00:00:00') };
    // By minutes 7, 4 and 8; by hours 11 and 8.
    expect(await replayOf(calls, rate('requests', 'minute', 5n))).toMatchObject({
      ...{ period, requests: 19n, refused: { min: 5n, max: 5n } },
    });
    expect((await replayOf(calls, rate('requests', 'hour', 9n))).refused).toEqual({ min: 2n, max: 2n });
    expect((await replayOf(calls, rate('requests', 'day', 7n))).refused).toEqual({ min: 5n, max: 5n });
    expect(await replayOf(calls, rate('requests', 'day', 11n))).not.toHaveProperty('spent');
  });

  it('of tokens refuses one call at least of the minute that crosses it, and all after it in the window', async () => {
    const calls = minutes(['2026-05-07T10:00:00', 3], ['2026-05-07T10:07:00', 4], ['2026-05-07T10:09:00', 2]);
    expect((await replayOf(calls, rate('tokens', 'hour', 50n))).refused).toEqual({ min: 3n, max: 6n });
    expect((await replayOf(calls, rate('tokens', 'minute', 30n))).refused).toEqual({ min: 1n, max: 4n });
  });

  it('per minute is known by hours alone beyond the 24 fullest', async () => {
    const hours = Array.from({ length: 26 }, (_, n) => at('2026-05-08T00:00:00').getTime() + n * 3_600_000);
    // Each hour has all of its calls in one minute; the first two have the fewest.
    const calls = hours.flatMap((hour, n) =>
      Array.from({ length: n < 2 ? 70 : 80 }, () => ({ at: new Date(hour) })),
    );
    const counted = new CountedCalls(calls);
    const query = new ReplayUsageQuery({ organizationId: OURS }, [rate('requests', 'minute', 1n)], undefined);
    const { limits } = await new ReplayUsageHandler(counted, new FixedClock(NOW)).execute(query);
    // 24 × 79, and of the two between 70 − 60 and 70 − 1.
    expect(limits[0]?.refused).toEqual({ min: 1896n + 20n, max: 1896n + 138n });
    expect(counted.asked.filter((grain) => grain === 'minute')).toHaveLength(24);
    // What was read for one limit is not read again for another.
    const two = new ReplayUsageQuery({ organizationId: OURS }, [...query.limits, ...query.limits], undefined);
    const again = new CountedCalls(calls);
    await new ReplayUsageHandler(again, new FixedClock(NOW)).execute(two);
    expect(again.asked).toHaveLength(counted.asked.length);
  });
});

describe('usage that takes long to be read', () => {
  it('is told by hours where a second has passed', async () => {
    const calls = Array.from({ length: 4 }, (_, n) => ({ at: at(`2026-04-02T03:0${n}:00`), amount: 10n }));
    const clock = new FixedClock(NOW);
    const slow = new (class extends CountedCalls {
      override sums(...asked: Parameters<UsageAccounts['sums']>) {
        clock.advance(500);
        return super.sums(...asked);
      }
    })(calls);
    const query = new ReplayUsageQuery({ organizationId: OURS }, [usd(15n), usd(25n)], undefined);
    const { limits } = await new ReplayUsageHandler(slow, clock).execute(query);
    expect(slow.asked).toEqual(['hour', 'minute']);
    expect(limits).toMatchObject([
      {
        refused: { min: 3n, max: 3n },
        ranOut: { from: at('2026-04-02T03:01:00'), until: at('2026-04-02T03:02:00') },
      },
      {
        refused: { min: 1n, max: 4n },
        ranOut: { from: at('2026-04-02T03:00:00'), until: at('2026-04-02T04:00:00') },
      },
    ]);
  });
});

describe('usage that is replayed under models', () => {
  const calls = ['large', 'small', 'small', 'tiny', 'large', 'large'].map((model) => ({
    at: at('2026-05-13T23:00:00'),
    model,
  }));

  it('loses those that are not named, the most called first', async () => {
    const { models } = await replay(
      [...calls, { at: at('2026-04-13T23:59:59'), model: 'large' }],
      [],
      ['small'],
    );
    expect(models).toEqual({
      period: { from: at('2026-04-14T00:00:00'), until: at('2026-05-14T00:00:00') },
      requests: 6n,
      refused: [
        { model: 'large', requests: 3n },
        { model: 'tiny', requests: 1n },
      ],
    });
  });

  it('is not asked for where all may be called', async () =>
    expect((await replay(calls, [])).models).toBeUndefined());
});

describe('what a replay says', () => {
  const SINCE = at('2026-05-07T00:00:00').getTime();
  const WEEK_MS = 7 * 86_400_000;
  const some = fc.array(
    fc.record({
      // Crowded, so that minutes and hours have several.
      offset: fc.oneof(fc.integer({ min: 0, max: 1_800_000 }), fc.integer({ min: 0, max: WEEK_MS - 1 })),
      size: fc.bigInt({ min: 0n, max: 50n }),
    }),
    { maxLength: 60 },
  );
  const callsFrom = (
    drawn: readonly { offset: number; size: bigint }[],
  ): readonly (Call & { size: bigint })[] =>
    drawn
      .toSorted((a, b) => a.offset - b.offset)
      .map(({ offset, size }) => ({ at: new Date(SINCE + offset), amount: size, tokens: size, size }));

  /** One call after the other. */
  const naive = (
    calls: readonly (Call & { size: bigint })[],
    amount: bigint,
    windowOf: (at: number) => number,
    sizeOf: (call: { size: bigint }) => bigint,
  ): { readonly refused: bigint; readonly first: Date | undefined } => {
    let [window, used, over, refused] = [-1, 0n, false, 0n];
    let first: Date | undefined;
    for (const call of calls) {
      const now = windowOf(call.at.getTime());
      if (now !== window) [window, used, over] = [now, 0n, false];
      used += sizeOf(call);
      over ||= used > amount;
      if (!over) continue;
      refused++;
      first ??= call.at;
    }
    return { refused, first };
  };

  it('holds what a replay of each call finds, of budgets', () =>
    fc.assert(
      fc.asyncProperty(some, fc.bigInt({ min: 1n, max: 400n }), async (drawn, amount) => {
        const calls = callsFrom(drawn);
        const { refused, ranOut, spent } = await replayOf(
          calls,
          usd(amount, { period: 'days', everyDays: 7 }),
        );
        const truth = naive(
          calls,
          amount,
          () => 0,
          ({ size }) => size,
        );
        expect(refused.min <= truth.refused && truth.refused <= refused.max).toBe(true);
        expect(ranOut === undefined).toBe(truth.first === undefined);
        if (ranOut && truth.first)
          expect(ranOut.from <= truth.first && truth.first < ranOut.until).toBe(true);
        expect(spent).toBe(calls.reduce((sum, { size }) => sum + size, 0n));
        // As close as a minute is.
        const inMinute = calls.filter(({ at: when }) => ranOut && when >= ranOut.from && when < ranOut.until);
        if (ranOut) expect(refused.max - refused.min).toBe(BigInt(inMinute.length) - 1n);
      }),
      { numRuns: 300 },
    ));

  it('holds what a replay of each call finds, of rates, and is that of requests', () =>
    fc.assert(
      fc.asyncProperty(
        some,
        fc.bigInt({ min: 1n, max: 100n }),
        fc.constantFrom('requests', 'tokens'),
        fc.constantFrom('minute', 'hour', 'day'),
        async (drawn, amount, unit, window) => {
          const calls = callsFrom(drawn);
          const { refused } = await replayOf(calls, rate(unit, window, amount));
          const truth = naive(
            calls,
            amount,
            (when) => beginOf(when, window),
            ({ size }) => (unit === 'requests' ? 1n : size),
          ).refused;
          expect(refused.min <= truth && truth <= refused.max).toBe(true);
          const hours = new Set(calls.map(({ at: when }) => beginOf(when.getTime(), 'hour'))).size;
          if (unit === 'requests' && hours <= 24) expect(refused.min).toBe(refused.max);
        },
      ),
      { numRuns: 300 },
    ));
});

describe('usage that is replayed under a limit of each key', () => {
  const calls: readonly Call[] = [
    ...[1, 2, 3, 4].map((day) => ({ at: at(`2026-04-0${day}T10:00:00`), key: 'heavy', amount: 40n })),
    ...[1, 2, 3].map((day) => ({ at: at(`2026-04-0${day}T11:00:00`), key: 'some', amount: 40n })),
    ...[1, 2].map((day) => ({
      at: at(`2026-04-0${day}T12:00:00`),
      key: 'light',
      amount: 50n,
      unknown: true,
    })),
  ];
  const each = async (of: Limit, clock = new FixedClock(NOW)) => {
    const query = new ReplayUsageQuery({ organizationId: OURS }, [of], undefined, { by: 'apiKey' });
    return (await new ReplayUsageHandler(new CountedCalls(calls), clock).execute(query)).limits[0];
  };

  it('is told of all together, and of each that would have been refused, the most refused first', async () => {
    expect(await each(usd(100n))).toMatchObject({
      ...{ requests: 9n, spent: 380n, refused: { min: 3n, max: 3n }, unknownRequests: 2n },
      holders: {
        called: 3,
        beyond: [
          {
            ...{ id: 'heavy', requests: 4n, spent: 160n, refused: { min: 2n, max: 2n } },
            ranOut: { from: at('2026-04-03T10:00:00'), until: at('2026-04-03T10:01:00') },
          },
          { id: 'some', requests: 3n, spent: 120n, refused: { min: 1n, max: 1n } },
        ],
      },
    });
    expect(await each(usd(160n))).toMatchObject({ refused: { max: 0n }, holders: { called: 3, beyond: [] } });
  });

  it('is between one and all of a key where there is no time to look into it', async () => {
    const clock = new FixedClock(NOW);
    clock.monotonicMs = (): number => (clock.advance(2_000), clock.now().getTime());
    expect(await each(usd(100n), clock)).toMatchObject({
      refused: { min: 2n, max: 7n },
      holders: { beyond: [{ id: 'heavy' }, { id: 'some' }] },
    });
  });
});

describe('usage that is replayed under a limit of each workspace', () => {
  /** Each uses one more than the one before: w9 ten times 1, w0 once. */
  const calls: readonly Call[] = Array.from({ length: 10 }, (_, of) =>
    Array.from({ length: of + 1 }, (__, n) => ({
      at: at(`2026-04-${n + 15}T10:00:00`),
      ...{ workspace: `w${of}`, amount: 1n, model: n === 0 ? 'large' : 'small' },
    })),
  ).flat();
  const each = (
    part: { skip: number; size: number },
    more: { models?: ReplayedModels; workspaceIds?: readonly string[]; clock?: FixedClock } = {},
  ) => {
    const { models, workspaceIds, clock = new FixedClock(NOW) } = more;
    const whose = { organizationId: OURS, ...(workspaceIds && { workspaceIds }) };
    const query = new ReplayUsageQuery(whose, [usd(5n)], models, { by: 'workspace', ...part });
    return new ReplayUsageHandler(new CountedCalls(calls), clock).execute(query);
  };

  it('is told of all together, and of each that used more than it, who used the most first', async () => {
    const [replayed] = (await each({ skip: 0, size: 2 })).limits;
    // 5, 4, 3, 2 and 1 calls are beyond 5.
    expect(replayed).toMatchObject({ requests: 55n, spent: 55n, refused: { min: 15n, max: 15n } });
    expect(replayed?.holders?.called).toBe(10);
    expect(replayed?.holders?.beyond.map(({ id, refused }) => [id, refused.min])).toEqual([
      ...[
        ['w9', 5n],
        ['w8', 4n],
        ['w7', 3n],
      ],
      ...[
        ['w6', 2n],
        ['w5', 1n],
      ],
    ]);
    expect(replayed?.holders?.beyond[0]?.ranOut?.from).toEqual(at('2026-04-20T10:00:00'));
  });

  it('is told of those alone that are named', async () => {
    const [replayed] = (await each({ skip: 0, size: 2 }, { workspaceIds: ['w5', 'w0'] })).limits;
    expect(replayed).toMatchObject({ requests: 7n, refused: { min: 1n, max: 1n }, holders: { called: 2 } });
  });

  it('looks first into those that are asked for, where there is no time for all', async () => {
    const clock = new FixedClock(NOW);
    let looks = 0;
    clock.monotonicMs = (): number => (looks++ < 3 ? 0 : 2_000);
    const [replayed] = (await each({ skip: 2, size: 2 }, { clock })).limits;
    // Time for two questions: whether to look into w7, and into its only hour that matters.
    expect(replayed?.holders?.beyond.map(({ id, refused }) => [id, refused.min, refused.max])).toEqual([
      ...[
        ['w9', 1n, 10n],
        ['w8', 1n, 9n],
        ['w7', 3n, 3n],
      ],
      ...[
        ['w6', 1n, 7n],
        ['w5', 1n, 6n],
      ],
    ]);
    expect(replayed?.refused).toEqual({ min: 7n, max: 35n });
  });

  it('of models is told by who would have lost the most', async () => {
    const { models } = await each(
      { skip: 0, size: 2 },
      { models: { kind: 'without', names: new Set(['small']) } },
    );
    expect(models).toMatchObject({
      ...{ requests: 55n, refused: [{ model: 'small', requests: 45n }] },
      workspaces: { called: 10, losing: { length: 9, 0: { id: 'w9', requests: 10n, refused: 9n } } },
    });
    const nothing = await each(
      { skip: 0, size: 2 },
      { models: { kind: 'without', names: new Set(['none']) } },
    );
    expect(nothing.models).toMatchObject({ refused: [], workspaces: { called: 10, losing: [] } });
  });
});

it('models by provision are those that each names, and none of any other', async () => {
  const calls = [
    ...[
      ['p', 'small'],
      ['p', 'small'],
      ['p', 'large'],
      ['q', 'large'],
      ['gone', 'small'],
    ],
  ].map(([provision, model]) => ({ at: at('2026-05-13T23:00:00'), provision, model }) as Call);
  const names = new Map([
    ['p', new Set(['small'])],
    ['q', new Set(['large'])],
  ]);
  const query = new ReplayUsageQuery({ organizationId: OURS }, [], { kind: 'byProvision', names });
  const { models } = await new ReplayUsageHandler(new CountedCalls(calls), new FixedClock(NOW)).execute(
    query,
  );
  expect(models).toMatchObject({
    requests: 5n,
    refused: [
      { provisionId: 'p', model: 'large', requests: 1n },
      { provisionId: 'gone', model: 'small', requests: 1n },
    ],
  });
});
