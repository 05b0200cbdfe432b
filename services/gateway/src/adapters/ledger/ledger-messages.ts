import { meteringV1 } from '@gatehouse/proto-gen';
import type { AskAnswer, LeaseAsk, LeaseFinal, LimitScope } from '../../app/gateway.ports';
import type { Amounts } from '../../domain/bound';
import type { LimitWitness } from '../../domain/refusal';

export interface JournalName {
  readonly journalId: string;
  readonly incarnation: bigint;
}

const SCOPE_KINDS: Readonly<Record<LimitScope['kind'], meteringV1.ScopeKind>> = {
  provision: meteringV1.ScopeKind.PROVISION,
  workspace: meteringV1.ScopeKind.WORKSPACE,
  api_key: meteringV1.ScopeKind.API_KEY,
  integration: meteringV1.ScopeKind.INTEGRATION,
  organization: meteringV1.ScopeKind.ORGANIZATION,
  workspace_key: meteringV1.ScopeKind.WORKSPACE_KEY,
};

const NOTHING: Amounts = { nanoUsd: 0n, tokens: 0n, requests: 0n, unpriced: false };

export const toProtoAskLease = (
  ask: LeaseAsk,
  { journalId, incarnation }: JournalName,
): meteringV1.AskLeaseRequest => ({
  askId: ask.askId,
  journalId,
  incarnation,
  organizationId: ask.organizationId,
  scopes: ask.scopes.map(({ kind, id, revision }) => ({ kind: SCOPE_KINDS[kind], id, revision })),
  want: ask.want,
  least: ask.least,
});

/** The final of a lease under which one attempt was admitted. */
export const toProtoLeaseFinal = ({
  journalId,
  leaseId,
  sum,
  doubt,
}: LeaseFinal): meteringV1.CloseLeaseRequest => ({ journalId, leaseId, count: 1n, sum, doubt });

export const fromProtoLeaseFinal = ({
  journalId,
  leaseId,
  sum = NOTHING,
  doubt = NOTHING,
}: meteringV1.CloseLeaseRequest): LeaseFinal => ({ journalId, leaseId, sum, doubt });

/** The final of a lease under which nothing was admitted. */
export const toProtoUnusedLease = (journalId: string, leaseId: string): meteringV1.CloseLeaseRequest => ({
  journalId,
  leaseId,
  count: 0n,
  sum: NOTHING,
  doubt: NOTHING,
});

/** @param sentAt monotonic milliseconds of the first sending: the lease's time counts from there. */
export const fromProtoAskLease = (
  response: meteringV1.AskLeaseResponse,
  ask: LeaseAsk,
  sentAt: number,
): AskAnswer => {
  switch (response.outcome?.$case) {
    case 'grant': {
      const { leaseId, cap, validForMs, limits, strict } = response.outcome.value;
      const lease = {
        id: leaseId,
        scopes: ask.scopes,
        cap: cap ?? ask.least,
        admitUntil: leaseId === '' ? Infinity : sentAt + Number(validForMs),
        limits: limits.map(fromProtoLimitState),
        strict,
      };
      return { kind: 'granted', lease };
    }
    case 'denial': {
      const { reason, limit, mayFitLater } = response.outcome.value;
      return {
        kind: 'denied',
        reason: reasonOf(reason),
        ...(limit && { limit: fromProtoLimitState(limit) }),
        mayFitLater,
      };
    }
    case undefined:
      return { kind: 'unavailable' };
  }
};

const reasonOf = (reason: meteringV1.DenialReason): 'budget' | 'rate' | 'unpriced' => {
  if (reason === meteringV1.DenialReason.UNPRICED) return 'unpriced';
  return reason === meteringV1.DenialReason.RATE_LIMIT_EXCEEDED ? 'rate' : 'budget';
};

const fromProtoLimitState = (state: meteringV1.LimitState): LimitWitness => ({
  id: state.limitId,
  scope: scopeOf(state.scopeKind),
  scopeId: state.scopeId,
  unit: unitOf(state.unit),
  kind: state.budget ? 'budget' : 'rate_limit',
  limit: state.limit,
  spent: state.spent,
  held: state.held,
  ...(state.resetsAt && { resetsAt: state.resetsAt }),
});

/** One that this gateway does not know can be none that it named. */
const scopeOf = (kind: meteringV1.ScopeKind): LimitWitness['scope'] =>
  (Object.keys(SCOPE_KINDS) as LimitWitness['scope'][]).find((scope) => SCOPE_KINDS[scope] === kind) ??
  'provision';

const unitOf = (unit: meteringV1.LimitUnit): LimitWitness['unit'] => {
  if (unit === meteringV1.LimitUnit.TOKENS) return 'tokens';
  return unit === meteringV1.LimitUnit.REQUESTS ? 'requests' : 'nano_usd';
};
