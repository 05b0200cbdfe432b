import type {
  CorrectedRecord,
  UsageKind,
  UsageOfKind,
  UsageOutcome,
  UsageRecord,
} from '../../domain/usage/usage-record';

/** Of each kind: how much, and its rate. As text, since JSON's numbers are too small. */
type KindsDb = Readonly<Partial<Record<UsageKind, readonly [quantity: string, rate: string | null]>>>;

/** A row of metering.usage_record, as the driver gives it and as JSON takes it. */
export interface UsageDbRow<Int = bigint, Time = Date> {
  admitted_on: string;
  request_id: string;
  attempt: number;
  organization_id: string;
  workspace_id: string;
  provision_id: string;
  integration_id: string;
  api_key_id: string;
  model: string;
  input_tokens: Int | null;
  output_tokens: Int | null;
  cached_input_tokens: Int | null;
  reasoning_tokens: Int | null;
  kinds: KindsDb | null;
  service_tier: string;
  amount_nano_usd: Int | null;
  doubt_nano_usd: Int;
  estimated: boolean;
  outcome: UsageOutcome;
  admitted_at: Time;
  settled_at: Time;
  streamed: boolean;
  lease_id: string;
  journal_id: string;
  leases: readonly Int[] | null;
  input_nano_usd_per_million: Int | null;
  output_nano_usd_per_million: Int | null;
  price_book_version: Int | null;
  provider: string;
  status: number | null;
  first_byte_ms: number | null;
  total_ms: number | null;
  metadata: Readonly<Record<string, string>> | null;
  client_user: string;
  trace_id: string;
}

export const toRowUsage = (record: UsageRecord): UsageDbRow<string, string> => ({
  admitted_on: record.admittedAt.toISOString().slice(0, 10),
  request_id: record.requestId,
  attempt: record.attempt,
  organization_id: record.organizationId,
  workspace_id: record.workspaceId,
  provision_id: record.provisionId,
  integration_id: record.integrationId,
  api_key_id: record.apiKeyId,
  model: record.model,
  input_tokens: digits(record.inputTokens),
  output_tokens: digits(record.outputTokens),
  cached_input_tokens: digits(record.cachedInputTokens),
  reasoning_tokens: digits(record.reasoningTokens),
  kinds: toDbKinds(record.kinds),
  service_tier: record.serviceTier,
  amount_nano_usd: digits(record.amount),
  doubt_nano_usd: String(record.doubt),
  estimated: record.estimated,
  outcome: record.outcome,
  admitted_at: record.admittedAt.toISOString(),
  settled_at: record.settledAt.toISOString(),
  streamed: record.streamed,
  lease_id: record.leaseId,
  journal_id: record.journalId,
  leases: record.leases.length > 0 ? record.leases.map(String) : null,
  input_nano_usd_per_million: digits(record.inputPrice),
  output_nano_usd_per_million: digits(record.outputPrice),
  price_book_version: digits(record.priceBookVersion),
  provider: record.provider,
  status: record.status ?? null,
  first_byte_ms: record.firstByteMs ?? null,
  total_ms: record.totalMs ?? null,
  metadata: Object.keys(record.metadata).length > 0 ? record.metadata : null,
  client_user: record.user,
  trace_id: record.traceId,
});

const digits = (value: bigint | undefined): string | null => (value === undefined ? null : String(value));

const toDbKinds = (kinds: readonly UsageOfKind[]): KindsDb | null =>
  kinds.length === 0
    ? null
    : Object.fromEntries(kinds.map(({ kind, quantity, rate }) => [kind, [String(quantity), digits(rate)]]));

const fromDbKinds = (kinds: KindsDb | null): readonly UsageOfKind[] =>
  Object.entries(kinds ?? {}).map(([kind, [quantity, rate]]) => ({
    kind: kind as UsageKind,
    quantity: BigInt(quantity),
    rate: rate === null ? undefined : BigInt(rate),
  }));

export const fromRowUsage = (row: UsageDbRow): UsageRecord => ({
  requestId: row.request_id,
  attempt: row.attempt,
  organizationId: row.organization_id,
  workspaceId: row.workspace_id,
  provisionId: row.provision_id,
  integrationId: row.integration_id,
  apiKeyId: row.api_key_id,
  model: row.model,
  inputTokens: row.input_tokens ?? undefined,
  outputTokens: row.output_tokens ?? undefined,
  cachedInputTokens: row.cached_input_tokens ?? undefined,
  reasoningTokens: row.reasoning_tokens ?? undefined,
  kinds: fromDbKinds(row.kinds),
  serviceTier: row.service_tier,
  amount: row.amount_nano_usd ?? undefined,
  doubt: row.doubt_nano_usd,
  estimated: row.estimated,
  outcome: row.outcome,
  admittedAt: row.admitted_at,
  settledAt: row.settled_at,
  streamed: row.streamed,
  leaseId: row.lease_id,
  journalId: row.journal_id,
  leases: row.leases ?? [],
  inputPrice: row.input_nano_usd_per_million ?? undefined,
  outputPrice: row.output_nano_usd_per_million ?? undefined,
  priceBookVersion: row.price_book_version ?? undefined,
  provider: row.provider,
  status: row.status ?? undefined,
  firstByteMs: row.first_byte_ms ?? undefined,
  totalMs: row.total_ms ?? undefined,
  metadata: row.metadata ?? {},
  user: row.client_user,
  traceId: row.trace_id,
});

/** A row with what is in metering.usage_correction of it; null where nothing is. */
export interface CorrectedDbRow extends UsageDbRow {
  corrections:
    | readonly {
        readonly requestId: string;
        readonly correctedAt: string;
        readonly before: string | null;
        readonly amount: string;
      }[]
    | null;
}

export const fromRowCorrected = (row: CorrectedDbRow): CorrectedRecord => ({
  ...fromRowUsage(row),
  corrections: (row.corrections ?? []).map(({ requestId, correctedAt, before, amount }) => ({
    requestId,
    correctedAt: new Date(correctedAt),
    before: before === null ? undefined : BigInt(before),
    amount: BigInt(amount),
  })),
});
