export { type Amounts, maxOf, minOf, NOTHING, type Unit, UNITS } from './amounts';
export type {
  Denial,
  Facts,
  FactsAnswer,
  Grant,
  GrantedLease,
  LeaseFinal,
  LeaseName,
  LeaseReport,
  LedgerNotice,
  SliceAnswer,
  SliceAsk,
} from './exchange';
export { Hold, type HoldRequest, type LeaseCharge, type LimitCharge } from './hold';
export { AcknowledgedLeases, isAmong, type LeaseRange } from './lease-numbers';
export { LeaseClient, type HoldOutcome } from './lease-client';
export { type LeaseScope, type LimitState, remainingOf, type ScopeKind } from './limit-state';
