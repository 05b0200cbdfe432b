import {
  type Caller,
  type Cursors,
  cursorsOf,
  fromProtoPage,
  type Paging,
  RequestChecks,
  toProtoPageToken,
} from '@gatehouse/grpc';
import {
  apiKeyId,
  AppError,
  INT64_MAX,
  integrationId,
  isSayableInstant,
  type OrganizationId,
  organizationId,
  type Page,
  provisionId,
  workspaceId,
} from '@gatehouse/kernel';
import { organizationOf, workspaceAskedBy } from '@gatehouse/platform';
import { meteringV1 } from '@gatehouse/proto-gen';
import { GetUsageQuery } from '../../app/usage/get-usage.handler';
import { ListLastCallsQuery } from '../../app/usage/list-last-calls.handler';
import { ListUsageRecordsQuery } from '../../app/usage/list-usage-records.handler';
import type { LastCall, RecordFilter, UsageCursor } from '../../app/usage/usage.ports';
import type { CorrectedRecord, UsageOutcome, UsageSums } from '../../domain/usage/usage-record';
import { USAGE_KINDS, USAGE_OUTCOMES } from '../bus/usage-messages';

const CURSORS: Cursors<UsageCursor> = {
  print: ({ admittedAt, requestId, attempt }) => [admittedAt.toISOString(), requestId, String(attempt)],
  parse: ([instant = '', requestId = '', attempt = '', ...more]) => {
    const admittedAt = new Date(instant);
    if (!isSayableInstant(admittedAt) || !/^\d{1,9}$/.test(attempt) || more.length > 0) return undefined;
    return { admittedAt, requestId, attempt: Number(attempt) };
  },
};

const PROVISIONS_MAX = 10_000;
const KEYS_MAX = 200;

export const fromProtoListUsageRecords = (
  request: meteringV1.ListUsageRecordsRequest,
  caller: Caller,
): ListUsageRecordsQuery => {
  const checks = new RequestChecks();
  const named = optional('workspace_id', request.workspaceId, workspaceId, checks);
  const filter = definedOf({
    integrationId: optional('integration_id', request.integrationId, integrationId, checks),
    provisionId: optional('provision_id', request.provisionId, provisionId, checks),
    apiKeyId: optional('api_key_id', request.apiKeyId, apiKeyId, checks),
    provider: optional('provider', request.provider, text, checks),
    model: optional('model', request.model, text, checks),
    user: optional('user', request.user, text, checks),
    traceId: optional('trace_id', request.traceId, text, checks),
    outcome: outcomeAsked(request.outcome, checks),
    status: request.status,
    from: instant('from', request.from, checks),
    to: instant('to', request.to, checks),
  });
  if (filter.from && filter.to && filter.from > filter.to) checks.fault('to', 'must not be before from');
  checks.done();
  const workspace = workspaceAskedBy(caller, named);
  const asked = {
    organizationId: organizationOf(caller),
    ...(workspace !== undefined && { workspaceId: workspace }),
    ...filter,
  };
  return new ListUsageRecordsQuery(asked, fromProtoPage(request, pagingOf(asked)));
};

/** A token goes on in the list that it was made in, and in no other. */
const pagingOf = (filter: RecordFilter): Paging<UsageCursor> => ({
  max: 1_000,
  fallback: 50,
  cursors: cursorsOf(JSON.stringify(Object.entries(filter).sort()), CURSORS),
});

export const definedOf = <Fields extends object>(
  fields: Fields,
): { [Name in keyof Fields]?: Exclude<Fields[Name], undefined> } =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Fields]?: Exclude<Fields[Name], undefined>;
  };

export const outcomeAsked = (
  outcome: meteringV1.UsageOutcome,
  checks: RequestChecks,
): UsageOutcome | undefined => {
  if (outcome === meteringV1.UsageOutcome.UNSPECIFIED) return undefined;
  const known = (Object.keys(USAGE_OUTCOMES) as UsageOutcome[]).find(
    (key) => USAGE_OUTCOMES[key] === outcome,
  );
  if (!known) checks.fault('outcome', 'must be a known outcome');
  return known;
};

export const instant = (field: string, at: Date | undefined, checks: RequestChecks): Date | undefined => {
  if (at && !isSayableInstant(at)) checks.fault(field, 'must be a time that can be said');
  return at;
};

export const toProtoUsagePage = (
  { items, next }: Page<CorrectedRecord, UsageCursor>,
  filter: RecordFilter,
): meteringV1.ListUsageRecordsResponse => ({
  records: items.map(toProtoUsageRecord),
  nextPageToken: toProtoPageToken(next, pagingOf(filter)),
});

export const toProtoUsageRecord = (record: CorrectedRecord): meteringV1.UsageRecord => ({
  requestId: record.requestId,
  attempt: record.attempt,
  organizationId: record.organizationId,
  workspaceId: record.workspaceId,
  provisionId: record.provisionId,
  integrationId: record.integrationId,
  apiKeyId: record.apiKeyId,
  model: record.model,
  inputTokens: record.inputTokens,
  outputTokens: record.outputTokens,
  cachedInputTokens: record.cachedInputTokens,
  reasoningTokens: record.reasoningTokens,
  kinds: record.kinds.map(({ kind, quantity, rate }) => ({
    kind: USAGE_KINDS[kind],
    quantity,
    nanoUsdPerMillion: rate,
  })),
  serviceTier: record.serviceTier,
  amountNanoUsd: record.amount,
  doubtNanoUsd: record.doubt,
  estimated: record.estimated,
  outcome: USAGE_OUTCOMES[record.outcome],
  admittedAt: record.admittedAt,
  settledAt: record.settledAt,
  streamed: record.streamed,
  leaseId: record.leaseId,
  journalId: record.journalId,
  leases: [...record.leases],
  inputNanoUsdPerMillion: record.inputPrice,
  outputNanoUsdPerMillion: record.outputPrice,
  priceBookVersion: record.priceBookVersion,
  provider: record.provider,
  status: record.status,
  firstByteMs: record.firstByteMs,
  totalMs: record.totalMs,
  metadata: { ...record.metadata },
  user: record.user,
  traceId: record.traceId,
  corrections: record.corrections.map(({ requestId, correctedAt, before, amount, reratingId }) => ({
    ...{ requestId, correctedAt, beforeNanoUsd: before, amountNanoUsd: amount, reratingId: reratingId ?? '' },
  })),
});

export const fromProtoCountCalls = (request: meteringV1.CountCallsRequest): GetUsageQuery => {
  const checks = new RequestChecks();
  const organization = checks.parse('organization_id', 'must be the id of an organization', () =>
    organizationId(request.organizationId),
  ) as OrganizationId;
  const { length } = request.provisionIds;
  if (length < 1 || length > PROVISIONS_MAX) {
    checks.fault('provision_ids', `must be 1 to ${PROVISIONS_MAX} ids`);
  }
  checks.parse('provision_ids', 'must be ids of provisions', () => request.provisionIds.map(provisionId));
  checks.parse('from_day', 'must be a day', () => day(request.fromDay));
  checks.done();
  const { provisionIds, fromDay } = request;
  const filter = { organizationId: organization, provisionIds, from: midnight(fromDay) };
  return new GetUsageQuery(filter, { by: [], latency: false, rowsMax: 1 });
};

export const fromProtoListLastCalls = (request: meteringV1.ListLastCallsRequest): ListLastCallsQuery => {
  const checks = new RequestChecks();
  const organization = checks.parse('organization_id', 'must be the id of an organization', () =>
    organizationId(request.organizationId),
  ) as OrganizationId;
  const { length } = request.apiKeyIds;
  if (length < 1 || length > KEYS_MAX) checks.fault('api_key_ids', `must be 1 to ${KEYS_MAX} ids`);
  const ids = checks.parse('api_key_ids', 'must be ids of keys', () => request.apiKeyIds.map(apiKeyId));
  checks.done();
  return new ListLastCallsQuery(organization, ids ?? []);
};

export const toProtoLastCalls = (lastCalls: readonly LastCall[]): meteringV1.ListLastCallsResponse => ({
  lastCalls: [...lastCalls],
});

/** Sums by nothing are one row. */
export const toProtoCalls = ([total]: readonly UsageSums[]): meteringV1.CountCallsResponse => ({
  calls: sayable(total?.requests ?? 0n),
});

/** A sum beyond what the wire can carry is as much as it can say. */
export const sayable = (sum: bigint): bigint => (sum > INT64_MAX ? INT64_MAX : sum);

export const optional = <Parsed>(
  field: string,
  value: string,
  parse: (raw: string) => Parsed,
  checks: RequestChecks,
): Parsed | undefined => (value === '' ? undefined : checks.parse(field, 'is malformed', () => parse(value)));

const TEXT_CHARACTERS_MAX = 512;

/** What a database can look for. */
export const text = (raw: string): string => {
  if (raw.length > TEXT_CHARACTERS_MAX || raw.includes('\0')) throw new AppError('INVALID', 'TEXT_MALFORMED');
  return raw;
};

/** A day that the calendar has. */
export const day = (raw: string): string => {
  const parsed = new Date(`${raw}T00:00:00Z`);
  const known = /^\d{4}-\d{2}-\d{2}$/.test(raw) && !Number.isNaN(parsed.getTime());
  if (!known || parsed.toISOString().slice(0, 10) !== raw || raw < '0001') {
    throw new AppError('INVALID', 'DAY_MALFORMED');
  }
  return raw;
};

export const midnight = (of: string): Date => new Date(`${of}T00:00:00Z`);
