import {
  amountAt,
  deriveId,
  integrationId,
  type Limit,
  type LimitSpec,
  type ModelAccess,
  nanoUsd,
  organizationId,
  provisionId,
  type ResetRule,
  workspaceId,
} from '@gatehouse/kernel';
import fc from 'fast-check';
import type { ProvisionState } from './provision';
import { type ProvisionCommand, provisionDecider } from './provision.decider';
import { provisionLetsMore } from './provision-lets-more';

const about = {
  provisionId: provisionId(deriveId('prv', 'a')),
  organizationId: organizationId(deriveId('org', 'a')),
  workspaceId: workspaceId(deriveId('ws', 'a')),
  integrationId: integrationId(deriveId('int', 'a')),
};
const DAY_MS = 24 * 3_600_000;
const begin = Date.UTC(2026, 0, 1);
const dayOf = (day: number): Date => new Date(begin + day * DAY_MS);
const NAMES = ['small', 'middle', 'large'];
/** What is looked at afterwards: longer than any end, and than the longest period. */
const DAYS = Array.from({ length: 120 }, (_, day) => day);

const day = fc.integer({ min: 1, max: 100 });
const reset = fc.oneof(
  fc.constantFrom<ResetRule>({ period: 'never' }, { period: 'weekly' }, { period: 'monthly' }),
  fc.constantFrom(2, 4, 8, 3).map((everyDays): ResetRule => ({ period: 'days', everyDays })),
);
const amount = fc.bigInt({ min: 1n, max: 8n });
const limit = fc.oneof(
  fc.record({ amount, reset, strict: fc.boolean() }).map(({ amount: most, ...rest }): LimitSpec => ({
    kind: 'budget',
    unit: 'nanoUsd',
    amount: nanoUsd(most),
    ...rest,
  })),
  fc
    .record({ amount, window: fc.constantFrom('minute', 'day') })
    .map((rest): LimitSpec => ({ kind: 'rate', unit: 'requests', ...rest })),
);
const slotOf = (spec: LimitSpec): string => (spec.kind === 'rate' ? spec.window : spec.unit);
const limits = fc.uniqueArray(limit, { maxLength: 3, selector: slotOf });
const models = fc.oneof(
  fc.constant<ModelAccess>({ all: true }),
  fc.subarray(NAMES, { minLength: 1 }).map((names): ModelAccess => ({ all: false, names })),
);
const raise = fc.option(fc.record({ more: amount, until: day.map(dayOf) }), { nil: undefined });
const expiresAt = fc.option(day.map(dayOf), { nil: undefined });

/** Every command there is, as far as it can be said without the state that it meets. */
type Asked = (at: Date, state: ProvisionState, seed: string) => ProvisionCommand | undefined;
const { organizationId: owner } = about;
const asked: fc.Arbitrary<Asked> = fc.oneof(
  fc.record({ limits, models, expiresAt }).map((wanted): Asked => (at, _state, seed) => ({
    ...{ type: 'ProvisionIntegration', ...about, ...wanted, offered: NAMES, seed, at },
  })),
  fc
    .record({ limits, models, existing: fc.constantFrom('keep', 'override') })
    .map((wanted): Asked => (_at, _state, seed) => ({ type: 'ApplyProvision', ...about, ...wanted, seed })),
  limits.map((list): Asked => (_at, _state, seed) => ({
    type: 'ChangeProvisionLimits',
    organizationId: owner,
    limits: list,
    seed,
  })),
  fc.record({ raise, index: fc.nat({ max: 2 }) }).map(({ raise: more, index }): Asked => (at, state) => {
    const raised = state.status === 'absent' ? undefined : state.limits[index];
    return (
      raised && { type: 'RaiseProvisionLimit', organizationId: owner, limitId: raised.id, raise: more, at }
    );
  }),
  expiresAt.map((end): Asked => (at) => ({
    type: 'ChangeProvisionExpiry',
    organizationId: owner,
    expiresAt: end,
    at,
  })),
  models.map((access): Asked => () => ({
    type: 'AllowModels',
    organizationId: owner,
    models: access,
    offered: NAMES,
  })),
  fc.constant<Asked>(() => ({ type: 'EnableProvision', organizationId: owner })),
  fc.constant<Asked>(() => ({ type: 'DisableProvision', organizationId: owner })),
);

/** The days on which a budget starts anew, told by the calendar. */
const startsAnew = (rule: ResetRule, on: number): boolean => {
  switch (rule.period) {
    case 'never':
      return false;
    case 'weekly':
      return dayOf(on).getUTCDay() === 0;
    case 'monthly':
      return dayOf(on).getUTCDate() === 1;
    case 'days':
      return on % rule.everyDays === 0;
  }
};

/** Whether a model may be called on a day, as a gateway sees it. */
const callable = (state: ProvisionState, model: string, on: number): boolean =>
  state.status === 'enabled' &&
  (state.expiresAt === undefined || dayOf(on) < state.expiresAt) &&
  (state.models.all || state.models.names.includes(model));

/** The most that a day adds to what may be spent of something; undefined where nothing bounds it. */
const boundOn = (
  bounds: readonly Limit[],
  slot: string,
  on: number,
): { amount: bigint; anew: boolean; strict: boolean } | undefined => {
  const found = bounds.find((one) => slotOf(one) === slot);
  if (!found) return undefined;
  const anew = found.kind === 'rate' || startsAnew(found.reset, on);
  return { amount: amountAt(found, dayOf(on)), anew, strict: found.kind === 'rate' || found.strict };
};

const faultsOf = (before: ProvisionState, after: ProvisionState, from: number): string[] =>
  DAYS.filter((on) => on >= from).flatMap((on) => {
    const called = NAMES.filter((model) => callable(after, model, on) && !callable(before, model, on));
    if (before.status === 'absent' || after.status === 'absent') return called;
    const spent = ['nanoUsd', 'minute', 'day'].filter((slot) => {
      const [was, is] = [boundOn(before.limits, slot, on), boundOn(after.limits, slot, on)];
      if (!was) return false;
      return !is || is.amount > was.amount || (is.anew && !was.anew) || (was.strict && !is.strict);
    });
    return [...called, ...spent].map((fault) => `${fault} on day ${on}`);
  });

const decided = (command: ProvisionCommand | undefined, state: ProvisionState) => {
  try {
    return command ? provisionDecider.decide(command, state) : [];
  } catch {
    return [];
  }
};

describe('provisions that are changed by nothing that lets more', () => {
  it('never let more be spent or called, by however many commands and whenever', () => {
    let kept = 0;
    fc.assert(
      fc.property(
        fc.record({ limits, models, expiresAt }),
        fc.array(fc.tuple(fc.nat({ max: 3 }), asked), { minLength: 1, maxLength: 12 }),
        (first, steps) => {
          const made = {
            type: 'ProvisionIntegration',
            ...about,
            ...first,
            offered: NAMES,
            seed: 's',
            at: dayOf(0),
          } as const;
          const before = provisionDecider
            .decide(made, provisionDecider.initial)
            .reduce(provisionDecider.evolve, provisionDecider.initial);
          let [state, today] = [before, 0];
          for (const [index, [pause, ask]] of steps.entries()) {
            today += pause;
            const at = dayOf(today);
            const events = decided(ask(at, state, String(index)), state);
            const after = events.reduce(provisionDecider.evolve, state);
            if (events.length === 0 || provisionLetsMore({ before: state, after, events, at })) continue;
            state = after;
            kept++;
          }
          expect(faultsOf(before, state, today)).toEqual([]);
        },
      ),
      { numRuns: 2_000 },
    );
    // It is of no use to judge everything to be more.
    expect(kept).toBeGreaterThan(1_000);
  });

  it('are told from those that let more, by the same calendar', () => {
    fc.assert(
      fc.property(fc.record({ limits, models, expiresAt }), asked, (first, ask) => {
        const made = {
          type: 'ProvisionIntegration',
          ...about,
          ...first,
          offered: NAMES,
          seed: 's',
          at: dayOf(0),
        } as const;
        const before = provisionDecider
          .decide(made, provisionDecider.initial)
          .reduce(provisionDecider.evolve, provisionDecider.initial);
        const events = decided(ask(dayOf(0), before, 'next'), before);
        const after = events.reduce(provisionDecider.evolve, before);
        const more = faultsOf(before, after, 0);
        if (more.length > 0) expect(provisionLetsMore({ before, after, events, at: dayOf(0) })).toBe(true);
      }),
      { numRuns: 2_000 },
    );
  });
});
