import { meteringV1 } from '@gatehouse/proto-gen';
import type { LimitState } from '../../domain/ledger/limit-state';
import type { Unit } from '../../domain/limit/limit-in-force';
import { SCOPE_KINDS } from '../events/scope-kind';

const UNITS: Readonly<Record<Unit, meteringV1.LimitUnit>> = {
  nanoUsd: meteringV1.LimitUnit.NANO_USD,
  tokens: meteringV1.LimitUnit.TOKENS,
  requests: meteringV1.LimitUnit.REQUESTS,
};

export const toProtoLimitState = (state: LimitState): meteringV1.LimitState => ({
  limitId: state.limitId,
  scopeKind: SCOPE_KINDS[state.scope.kind],
  scopeId: state.scope.id,
  unit: UNITS[state.unit],
  budget: state.budget,
  limit: state.limit,
  spent: state.spent,
  held: state.held,
  doubt: state.doubt,
  quarantined: state.quarantined,
  periodStart: state.periodStart,
  resetsAt: state.resetsAt,
});
