import { meteringV1 } from '@gatehouse/proto-gen';
import { amountIn } from '../limits/whole-limit-conversion';
import { timeOrNull } from '../rest/or-null';
import { type LimitDetailsAnswer, SCOPE_KINDS, type StandingLimitAnswer } from './standing-limit.schema';

const { LimitUnit } = meteringV1;

const UNITS: ReadonlyMap<meteringV1.LimitUnit, StandingLimitAnswer['unit']> = new Map([
  [LimitUnit.NANO_USD, 'usd'],
  [LimitUnit.TOKENS, 'tokens'],
  [LimitUnit.REQUESTS, 'requests'],
]);

/** @param remaining where it is told; else what is neither spent nor held. */
export const toRestStandingLimit = (
  state: meteringV1.LimitState,
  remaining = state.limit - state.spent - state.held,
): StandingLimitAnswer => {
  const unit = UNITS.get(state.unit) ?? 'usd';
  const amount = (value: bigint): string => amountIn(unit, value);
  return {
    id: state.limitId,
    scope_kind: SCOPE_KINDS.of(state.scopeKind),
    scope_id: state.scopeId,
    kind: state.budget ? 'budget' : 'rate',
    unit,
    amount: amount(state.limit),
    spent: amount(state.spent),
    held: amount(state.held),
    left: amount(remaining > 0n ? remaining : 0n),
    doubt: amount(state.doubt),
    quarantined: amount(state.quarantined),
    period_start: timeOrNull(state.periodStart),
    resets_at: timeOrNull(state.resetsAt),
    exhausted: state.exhausted ?? null,
    object: 'standing-limit',
  };
};

export const toRestLimitDetails = (
  standing: meteringV1.BudgetStanding,
  state: meteringV1.LimitState,
): LimitDetailsAnswer => ({
  ...toRestStandingLimit(state, standing.remaining),
  alerts: standing.thresholds,
  alerts_crossed: standing.thresholdsCrossed,
});
