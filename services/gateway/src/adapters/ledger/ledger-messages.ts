import {
  type Amounts,
  ANY_TURN,
  type Denial,
  type Facts,
  type FactsAnswer,
  type GrantedLease,
  type LeaseFinal,
  type LeaseName,
  type LeaseScope,
  type LedgerNotice,
  type LimitState,
  type SliceAnswer,
  type SliceAsk,
  type Unit,
} from '@gatehouse/leases';
import { meteringV1 } from '@gatehouse/proto-gen';

/** Which start of which journal speaks. */
export interface JournalName {
  readonly journalId: string;
  readonly incarnation: bigint;
}

const SCOPE_KINDS: Readonly<Record<LeaseScope['kind'], meteringV1.ScopeKind>> = {
  provision: meteringV1.ScopeKind.PROVISION,
  workspace: meteringV1.ScopeKind.WORKSPACE,
  apiKey: meteringV1.ScopeKind.API_KEY,
  integration: meteringV1.ScopeKind.INTEGRATION,
  organization: meteringV1.ScopeKind.ORGANIZATION,
  workspaceKey: meteringV1.ScopeKind.WORKSPACE_KEY,
};

const UNITS: Readonly<Record<Unit, meteringV1.LimitUnit>> = {
  nanoUsd: meteringV1.LimitUnit.NANO_USD,
  tokens: meteringV1.LimitUnit.TOKENS,
  requests: meteringV1.LimitUnit.REQUESTS,
};

export const toProtoSliceAsk = (ask: SliceAsk): meteringV1.SliceAsk => ({
  askId: ask.id,
  organizationId: ask.organizationId,
  scopes: ask.scopes.map(toProtoScope),
  want: toProtoAmounts(ask.want, ask.unpriced),
  least: toProtoAmounts(ask.least, ask.unpriced),
  wishes: [...ask.wishes].map(([limitId, want]) => ({ limitId, want })),
  waitMs: ask.waitMs,
});

const toProtoScope = ({ kind, id, revision }: LeaseScope): meteringV1.ScopeRef => ({
  kind: SCOPE_KINDS[kind],
  id,
  revision,
});

const toProtoAmounts = (amounts: Amounts, unpriced: boolean): meteringV1.Amounts => ({
  ...amounts,
  unpriced,
});

export const toProtoFacts = ({ finals, reports, unlimited }: Facts) => ({
  finals: finals.map((final): meteringV1.LeaseFinal => {
    const { count, sum, doubt } = final;
    return { ...toProtoHeldLease(final), count, sum, doubt };
  }),
  reports: reports.map((report) => ({ ...report })),
  unlimitedScopes: unlimited.map(toProtoScope),
});

export const toProtoHeldLease = ({ unit, periodStart, ...name }: LeaseName): meteringV1.HeldLease => {
  const { number, organizationId, limitId, cap } = name;
  return { number, organizationId, limitId, periodStart, unit: UNITS[unit], cap };
};

export const fromProtoHeldLease = (lease: meteringV1.HeldLease): LeaseName => {
  const { number, organizationId, limitId, cap, periodStart } = lease;
  return {
    number,
    organizationId,
    limitId,
    unit: unitOf(lease.unit),
    cap,
    ...(periodStart && { periodStart }),
  };
};

/** A lease under which nothing was admitted. */
export const unusedFinal = (name: LeaseName): LeaseFinal => ({ ...name, count: 0n, sum: 0n, doubt: 0n });

export const fromProtoSliceAnswer = ({ outcome }: meteringV1.SliceAnswer): SliceAnswer => {
  switch (outcome?.$case) {
    case 'grant':
      return fromProtoGrant(outcome.value);
    case 'denial':
      return fromProtoDenial(outcome.value);
    case 'waiting':
      return { kind: 'waiting', denial: waitingFor(outcome.value.limit) };
    case 'notSeen':
      return { kind: 'notSeen' };
    case 'expired':
      return { kind: 'expired' };
    case 'refused':
      return { kind: 'refused', reason: outcome.value.reason };
    case undefined:
      return { kind: 'refused', reason: 'ANSWER_UNKNOWN' };
  }
};

const fromProtoGrant = ({ leases, scopes, covered, validForMs }: meteringV1.SliceGrant): SliceAnswer => ({
  kind: 'granted',
  leases: leases.map(fromProtoGrantedLease),
  scopes: scopes.map(fromProtoScope),
  covered: covered.map(fromProtoLimitState),
  validForMs: Number(validForMs),
});

const fromProtoGrantedLease = (lease: meteringV1.GrantedLease): GrantedLease => {
  const { number, limit, cap, validForMs, endsInMs, strict, turn } = lease;
  if (!limit) throw new Error(`lease ${number} without its limit`);
  return {
    number,
    limit: fromProtoLimitState(limit),
    ...(limit.periodStart && { periodStart: limit.periodStart }),
    cap,
    validForMs: Number(validForMs),
    ...(endsInMs !== undefined && { endsInMs: Number(endsInMs) }),
    strict,
    turn,
  };
};

const fromProtoDenial = ({ reason, limit, mayFitLater, validForMs }: meteringV1.Denial): Denial => ({
  kind: 'denied',
  reason: reasonOf(reason),
  ...(limit && { limit: fromProtoLimitState(limit) }),
  mayFitLater,
  validForMs: Number(validForMs),
});

/** What it is told in the end, should nothing become free. */
const waitingFor = (limit: meteringV1.LimitState | undefined): Denial => ({
  kind: 'denied',
  reason: limit?.budget === false ? 'rate' : 'budget',
  ...(limit && { limit: fromProtoLimitState(limit) }),
  mayFitLater: true,
});

const reasonOf = (reason: meteringV1.DenialReason): Denial['reason'] => {
  if (reason === meteringV1.DenialReason.UNPRICED) return 'unpriced';
  return reason === meteringV1.DenialReason.RATE_LIMIT_EXCEEDED ? 'rate' : 'budget';
};

export const fromProtoFactsAnswer = (response: meteringV1.ExchangeResponse): FactsAnswer => ({
  gone: response.gone,
  recalled: response.recalled,
  unlimitedStill: response.unlimitedStill,
  validForMs: Number(response.validForMs),
});

/** Undefined of one that only a later version knows. */
export const fromProtoNotice = ({ notice }: meteringV1.WatchLeasesResponse): LedgerNotice | undefined => {
  switch (notice?.$case) {
    case 'wanted':
      return fromProtoWanted(notice.value.limitIds, notice.value.turns);
    case 'calm':
    case 'room':
      return { kind: notice.$case, limitIds: notice.value.limitIds };
    case 'answered': {
      const { askId, answer } = notice.value;
      return answer && { kind: 'answered', askId, answer: fromProtoSliceAnswer(answer) };
    }
    case 'changed':
      return { kind: 'changed', scopes: notice.value.scopes.map(fromProtoScope) };
    case undefined:
      return undefined;
  }
};

/** A ledger of the version before names no turns: all that is idle goes back. */
export const fromProtoWanted = (
  limitIds: readonly string[],
  turns: readonly bigint[],
): Extract<LedgerNotice, { kind: 'recall' }> => ({
  kind: 'recall',
  limits: new Map(limitIds.map((id, index) => [id, turns[index] ?? ANY_TURN])),
});

const fromProtoScope = ({ kind, id, revision }: meteringV1.ScopeRef): LeaseScope => ({
  kind: scopeOf(kind),
  id,
  revision,
});

const fromProtoLimitState = (state: meteringV1.LimitState): LimitState => ({
  id: state.limitId,
  scope: scopeOf(state.scopeKind),
  scopeId: state.scopeId,
  unit: unitOf(state.unit),
  kind: state.budget ? 'budget' : 'rate',
  limit: state.limit,
  spent: state.spent,
  held: state.held,
  ...(state.resetsAt && { resetsAt: state.resetsAt }),
});

/** One that this gateway does not know can be none that it named. */
const scopeOf = (kind: meteringV1.ScopeKind): LeaseScope['kind'] =>
  (Object.keys(SCOPE_KINDS) as LeaseScope['kind'][]).find((scope) => SCOPE_KINDS[scope] === kind) ??
  'provision';

const unitOf = (unit: meteringV1.LimitUnit): Unit => {
  if (unit === meteringV1.LimitUnit.TOKENS) return 'tokens';
  return unit === meteringV1.LimitUnit.REQUESTS ? 'requests' : 'nanoUsd';
};
