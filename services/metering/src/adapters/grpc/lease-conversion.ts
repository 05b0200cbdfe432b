import { RequestChecks } from '@gatehouse/grpc';
import {
  apiKeyId,
  integrationId,
  journalId,
  type JournalId,
  leaseId,
  type LeaseId,
  organizationId,
  type OrganizationId,
  provisionId,
  type ScopeKind,
  workspaceId,
} from '@gatehouse/kernel';
import { type Amounts, NOTHING, UNITS } from '@gatehouse/leases';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { AskLease } from '../../domain/lease/ask-lease';
import type { AskOutcome, Denial } from '../../domain/lease/ask-outcome';
import type { CloseLease } from '../../domain/lease/close-lease';
import type { Lease } from '../../domain/lease/lease';
import type { OpenJournal } from '../../domain/lease/open-journal';
import type { Renewal, RenewLeases } from '../../domain/lease/renew-leases';
import type { ReturnLease } from '../../domain/lease/return-lease';
import type { Unit } from '../../domain/limit/limit-in-force';
import { fromProtoScopeKind } from '../events/scope-kind';
import { toProtoLimitState } from './limit-state-conversion';

const SCOPES_MAX = 8;
const RENEWALS_MAX = 10_000;

const FIELDS: Readonly<Record<Unit, string>> = {
  nanoUsd: 'nano_usd',
  tokens: 'tokens',
  requests: 'requests',
};

const SCOPE_IDS: Readonly<Record<ScopeKind, (raw: string) => string>> = {
  provision: provisionId,
  workspace: workspaceId,
  apiKey: apiKeyId,
  integration: integrationId,
  organization: organizationId,
  workspaceKey: apiKeyId,
};

export const fromProtoOpenJournal = (request: meteringV1.OpenJournalRequest): OpenJournal => {
  const checks = new RequestChecks();
  const journal = journalOf(request.journalId, checks);
  incarnationOf(request.incarnation, checks);
  checks.done();
  return { type: 'OpenJournal', journalId: journal, incarnation: request.incarnation };
};

export const toProtoOpenJournal = (leases: readonly Lease[]): meteringV1.OpenJournalResponse => ({
  leases: leases.map(({ id, askId }) => ({ leaseId: id, askId })),
});

export const fromProtoAskLease = (request: meteringV1.AskLeaseRequest): AskLease => {
  const checks = new RequestChecks();
  checks.text('ask_id', request.askId, { min: 1, max: 128 });
  const journal = journalOf(request.journalId, checks);
  incarnationOf(request.incarnation, checks);
  const organization = checks.parse('organization_id', 'must be an organization id', () =>
    organizationId(request.organizationId),
  );
  const scopes = scopesOf(request.scopes, checks);
  const want = amountsOf(request.want, 'want', checks);
  const least = amountsOf(request.least, 'least', checks);
  leastFaults(want, least, '', checks);
  checks.done();
  return {
    type: 'AskLease',
    askId: request.askId,
    journalId: journal,
    incarnation: request.incarnation,
    organizationId: organization as OrganizationId,
    scopes,
    want,
    least,
    unpriced: request.want?.unpriced ?? false,
  };
};

/** Of an ask that is named so; '' for the request itself. */
export const leastFaults = (want: Amounts, least: Amounts, of: string, checks: RequestChecks): void => {
  const field = of === '' ? 'least' : `${of}.least`;
  for (const unit of UNITS) {
    if (least[unit] > want[unit]) checks.fault(`${field}.${FIELDS[unit]}`, 'must be at most what is wanted');
  }
};

export const scopesOf = (refs: readonly meteringV1.ScopeRef[], checks: RequestChecks): AskLease['scopes'] => {
  if (refs.length < 1 || refs.length > SCOPES_MAX) checks.fault('scopes', `must be 1 to ${SCOPES_MAX}`);
  if (new Set(refs.map(({ kind, id }) => `${kind} ${id}`)).size < refs.length)
    checks.fault('scopes', 'must not repeat a scope');
  return scopesIn('scopes', refs, checks);
};

export const scopesIn = (
  field: string,
  refs: readonly meteringV1.ScopeRef[],
  checks: RequestChecks,
): AskLease['scopes'] =>
  refs.flatMap(({ kind: rawKind, id, revision }, index) => {
    const kind = fromProtoScopeKind(rawKind);
    if (!kind) {
      checks.fault(`${field}[${index}].kind`, 'must be a known kind of scope');
      return [];
    }
    checks.parse(`${field}[${index}].id`, 'must be an id of its kind', () => SCOPE_IDS[kind](id));
    if (revision < 0n) checks.fault(`${field}[${index}].revision`, 'must not be negative');
    return { scope: { kind, id }, revision };
  });

export const toProtoAskOutcome = (outcome: AskOutcome): meteringV1.AskLeaseResponse => ({
  outcome:
    outcome.kind === 'denial'
      ? { $case: 'denial', value: toProtoDenial(outcome) }
      : {
          $case: 'grant',
          value: {
            leaseId: outcome.leaseId ?? '',
            cap: { ...outcome.cap, unpriced: false },
            validForMs: BigInt(outcome.validForMs),
            limits: outcome.limits.map(toProtoLimitState),
            strict: outcome.strict,
          },
        },
});

const DENIAL_REASONS: Readonly<Record<Denial['reason'], meteringV1.DenialReason>> = {
  budgetExceeded: meteringV1.DenialReason.BUDGET_EXCEEDED,
  rateLimitExceeded: meteringV1.DenialReason.RATE_LIMIT_EXCEEDED,
  unpriced: meteringV1.DenialReason.UNPRICED,
};

export const toProtoDenial = ({ reason, limit, mayFitLater, validForMs }: Denial): meteringV1.Denial => ({
  reason: DENIAL_REASONS[reason],
  limit: toProtoLimitState(limit),
  mayFitLater,
  validForMs: BigInt(validForMs),
});

export const fromProtoRenewLeases = (request: meteringV1.RenewLeasesRequest): RenewLeases => {
  const checks = new RequestChecks();
  const journal = journalOf(request.journalId, checks);
  incarnationOf(request.incarnation, checks);
  if (request.leaseIds.length > RENEWALS_MAX) checks.fault('lease_ids', `must be at most ${RENEWALS_MAX}`);
  checks.done();
  const leaseIds = request.leaseIds.map((id, index) => leaseOf(id, `lease_ids[${index}]`, checks));
  checks.done();
  return {
    type: 'RenewLeases',
    journalId: journal,
    incarnation: request.incarnation,
    leaseIds: leaseIds as LeaseId[],
  };
};

export const toProtoRenewal = ({ gone, validForMs }: Renewal): meteringV1.RenewLeasesResponse => ({
  gone: [...gone],
  validForMs: BigInt(validForMs),
});

export const fromProtoReturnLease = (request: meteringV1.ReturnLeaseRequest): ReturnLease => {
  const checks = new RequestChecks();
  const journal = journalOf(request.journalId, checks);
  const lease = leaseOf(request.leaseId, 'lease_id', checks);
  if (request.sequence < 1n) checks.fault('sequence', 'must be at least 1');
  const cap = amountsOf(request.cap, 'cap', checks);
  checks.done();
  return {
    type: 'ReturnLease',
    journalId: journal,
    leaseId: lease as LeaseId,
    sequence: request.sequence,
    cap,
  };
};

export const fromProtoCloseLease = (request: meteringV1.CloseLeaseRequest): CloseLease => {
  const checks = new RequestChecks();
  const journal = journalOf(request.journalId, checks);
  const lease = leaseOf(request.leaseId, 'lease_id', checks);
  if (request.count < 0n) checks.fault('count', 'must not be negative');
  const sum = amountsOf(request.sum, 'sum', checks);
  const doubt = request.doubt ? amountsOf(request.doubt, 'doubt', checks) : NOTHING;
  for (const unit of UNITS) {
    if (doubt[unit] > sum[unit]) checks.fault(`doubt.${FIELDS[unit]}`, 'must be at most the sum');
  }
  checks.done();
  return {
    type: 'CloseLease',
    journalId: journal,
    leaseId: lease as LeaseId,
    count: request.count,
    sum,
    doubt,
  };
};

/** To be used only after `done`, which throws where it was none. */
export const journalOf = (raw: string, checks: RequestChecks): JournalId =>
  checks.parse('journal_id', 'must be a journal id', () => journalId(raw)) as JournalId;

const leaseOf = (raw: string, field: string, checks: RequestChecks): LeaseId | undefined =>
  checks.parse(field, 'must be a lease id', () => leaseId(raw));

export const incarnationOf = (incarnation: bigint, checks: RequestChecks): void => {
  if (incarnation < 1n) checks.fault('incarnation', 'must be at least 1');
};

export const amountsOf = (
  amounts: meteringV1.Amounts | undefined,
  field: string,
  checks: RequestChecks,
): Amounts => {
  if (!amounts) {
    checks.fault(field, 'is required');
    return NOTHING;
  }
  for (const unit of UNITS) {
    if (amounts[unit] < 0n) checks.fault(`${field}.${FIELDS[unit]}`, 'must not be negative');
  }
  const { nanoUsd, tokens, requests } = amounts;
  return { nanoUsd, tokens, requests };
};
