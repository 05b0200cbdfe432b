import type {
  CorrectedRecord,
  UsageKind,
  UsageOfKind,
  UsageOutcome,
  UsageRecord,
} from '../../domain/usage/usage-record';

/** Of each kind: how much, and its rate. As text, since JSON's numbers are too small. */
type KindsDb = Readonly<Partial<Record<UsageKind, readonly [quantity: string, rate: string | null]>>>;

/** A row of metering.usage_record, as the driver gives it. */
export interface UsageDbRow {
  admitted_on: string;
  request_id: string;
  attempt: number;
  organization_id: string;
  workspace_id: string;
  provision_id: string;
  integration_id: string;
  api_key_id: string;
  model: string;
  input_tokens: bigint | null;
  output_tokens: bigint | null;
  cached_input_tokens: bigint | null;
  reasoning_tokens: bigint | null;
  kinds: KindsDb | null;
  service_tier: string;
  amount_nano_usd: bigint | null;
  doubt_nano_usd: bigint;
  estimated: boolean;
  outcome: UsageOutcome;
  admitted_at: Date;
  settled_at: Date;
  streamed: boolean;
  lease_id: string;
  journal_id: string;
  leases: readonly bigint[] | null;
  input_nano_usd_per_million: bigint | null;
  output_nano_usd_per_million: bigint | null;
  price_book_version: bigint | null;
  provider: string;
  status: number | null;
  first_byte_ms: number | null;
  total_ms: number | null;
  metadata: Readonly<Record<string, string>> | null;
  client_user: string;
  trace_id: string;
}

/** A value as it stands in an array that Postgres reads. */
type Cell = string | number | bigint | boolean;

/** Of a column: its name, its type in an array, the type that it is then made of where that is another, and how it is written. */
type Column = readonly [
  name: keyof UsageDbRow,
  type: string,
  cast: string | undefined,
  cell: (record: UsageRecord) => Cell,
];

const quoted = (text: string): string =>
  /["\\]/.test(text) ? `"${text.replace(/["\\]/g, '\\$&')}"` : `"${text}"`;

const known = (value: bigint | number | undefined): Cell => value ?? 'NULL';

const dayOf = ({ admittedAt }: UsageRecord): string => admittedAt.toISOString().slice(0, 10);

const toDbKinds = (kinds: readonly UsageOfKind[]): string =>
  kinds.length === 0
    ? 'NULL'
    : quoted(
        JSON.stringify(
          Object.fromEntries(
            kinds.map(({ kind, quantity, rate }) => [
              kind,
              [String(quantity), rate === undefined ? null : String(rate)],
            ]),
          ),
        ),
      );

const toDbMetadata = (metadata: UsageRecord['metadata']): string => {
  for (const _ in metadata) return quoted(JSON.stringify(metadata));
  return 'NULL';
};

const COLUMNS: readonly Column[] = [
  ['admitted_on', 'date', undefined, dayOf],
  ['request_id', 'text', undefined, ({ requestId }) => quoted(requestId)],
  ['attempt', 'integer', undefined, ({ attempt }) => attempt],
  ['organization_id', 'text', undefined, ({ organizationId }) => quoted(organizationId)],
  ['workspace_id', 'text', undefined, ({ workspaceId }) => quoted(workspaceId)],
  ['provision_id', 'text', undefined, ({ provisionId }) => quoted(provisionId)],
  ['integration_id', 'text', undefined, ({ integrationId }) => quoted(integrationId)],
  ['api_key_id', 'text', undefined, ({ apiKeyId }) => quoted(apiKeyId)],
  ['model', 'text', undefined, ({ model }) => quoted(model)],
  ['input_tokens', 'bigint', undefined, ({ inputTokens }) => known(inputTokens)],
  ['output_tokens', 'bigint', undefined, ({ outputTokens }) => known(outputTokens)],
  ['cached_input_tokens', 'bigint', undefined, ({ cachedInputTokens }) => known(cachedInputTokens)],
  ['reasoning_tokens', 'bigint', undefined, ({ reasoningTokens }) => known(reasoningTokens)],
  ['kinds', 'text', 'jsonb', ({ kinds }) => toDbKinds(kinds)],
  ['service_tier', 'text', undefined, ({ serviceTier }) => quoted(serviceTier)],
  ['amount_nano_usd', 'bigint', undefined, ({ amount }) => known(amount)],
  ['doubt_nano_usd', 'bigint', undefined, ({ doubt }) => doubt],
  ['estimated', 'boolean', undefined, ({ estimated }) => estimated],
  ['outcome', 'text', undefined, ({ outcome }) => outcome],
  ['admitted_at', 'timestamptz', undefined, ({ admittedAt }) => admittedAt.toISOString()],
  ['settled_at', 'timestamptz', undefined, ({ settledAt }) => settledAt.toISOString()],
  ['streamed', 'boolean', undefined, ({ streamed }) => streamed],
  ['lease_id', 'text', undefined, ({ leaseId }) => quoted(leaseId)],
  ['journal_id', 'text', undefined, ({ journalId }) => quoted(journalId)],
  ['leases', 'text', 'bigint[]', ({ leases }) => (leases.length > 0 ? `"{${leases.join(',')}}"` : 'NULL')],
  ['input_nano_usd_per_million', 'bigint', undefined, ({ inputPrice }) => known(inputPrice)],
  ['output_nano_usd_per_million', 'bigint', undefined, ({ outputPrice }) => known(outputPrice)],
  ['price_book_version', 'bigint', undefined, ({ priceBookVersion }) => known(priceBookVersion)],
  ['provider', 'text', undefined, ({ provider }) => quoted(provider)],
  ['status', 'integer', undefined, ({ status }) => known(status)],
  ['first_byte_ms', 'integer', undefined, ({ firstByteMs }) => known(firstByteMs)],
  ['total_ms', 'integer', undefined, ({ totalMs }) => known(totalMs)],
  ['metadata', 'text', 'jsonb', ({ metadata }) => toDbMetadata(metadata)],
  ['client_user', 'text', undefined, ({ user }) => quoted(user)],
  ['trace_id', 'text', undefined, ({ traceId }) => quoted(traceId)],
];

const NAMES = COLUMNS.map(([name]) => name).join(', ');

/** Adds rows, one array a column: rows as JSON take Postgres and the process half as long again. */
export const INSERT_USAGE = `
  INSERT INTO metering.usage_record (${NAMES})
  SELECT ${COLUMNS.map(([name, , cast]) => (cast ? `${name}::${cast}` : name)).join(', ')}
  FROM unnest(${COLUMNS.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')}) AS given (${NAMES})`;

/** The values of `INSERT_USAGE`. */
export const toRowsUsage = (records: readonly UsageRecord[]): readonly string[] =>
  COLUMNS.map(([, , , cell]) => `{${records.map(cell).join(',')}}`);

/** What tells rows apart. */
export type UsageRowKey = Pick<UsageDbRow, 'admitted_on' | 'request_id' | 'attempt'>;

export const toRowKey = (record: UsageRecord): UsageRowKey => ({
  admitted_on: dayOf(record),
  request_id: record.requestId,
  attempt: record.attempt,
});

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
        readonly reratingId: string | null;
      }[]
    | null;
}

export const fromRowCorrected = (row: CorrectedDbRow): CorrectedRecord => ({
  ...fromRowUsage(row),
  corrections: (row.corrections ?? []).map(({ requestId, correctedAt, before, amount, reratingId }) => ({
    requestId,
    correctedAt: new Date(correctedAt),
    before: before === null ? undefined : BigInt(before),
    amount: BigInt(amount),
    reratingId: reratingId ?? undefined,
  })),
});
