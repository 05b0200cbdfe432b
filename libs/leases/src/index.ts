export { AMOUNT_MAX, type Amounts, maxOf, minOf, NOTHING, type Unit, UNITS } from './amounts';
export {
  ANY_TURN,
  type Denial,
  type Facts,
  type FactsAnswer,
  type Grant,
  type GrantedLease,
  type LeaseFinal,
  type LeaseName,
  type LeaseReport,
  type LedgerNotice,
  type SliceAnswer,
  type SliceAsk,
} from './exchange';
export { Hold, type HoldRequest, type LeaseCharge, type LimitCharge } from './hold';
export { AcknowledgedLeases, isAmong, type LeaseRange } from './lease-numbers';
export { LeaseClient, type HoldOutcome } from './lease-client';
export { type LeaseScope, type LimitState, remainingOf, type ScopeKind } from './limit-state';
