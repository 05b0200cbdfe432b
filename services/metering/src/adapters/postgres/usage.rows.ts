import {
  booleanArray,
  dateArray,
  int4Array,
  int8Array,
  textArray,
  timestampArray,
} from '@gatehouse/postgres';
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

/** Of a column: its name, the type of an array of it and how that is written, and the type that it is then made of where that is another. */
interface Column {
  readonly name: keyof UsageDbRow;
  readonly type: string;
  readonly cast?: string;
  readonly array: (records: readonly UsageRecord[]) => Buffer;
}

const columnOf =
  <Value>(type: string, arrayOf: (values: readonly Value[]) => Buffer, cast?: string) =>
  (name: keyof UsageDbRow, value: (record: UsageRecord) => Value): Column => ({
    name,
    type,
    ...(cast !== undefined && { cast }),
    array: (records) => arrayOf(records.map(value)),
  });

const text = columnOf('text', textArray);
const integer = columnOf('integer', int4Array);
const bigint = columnOf('bigint', int8Array);
const boolean = columnOf('boolean', booleanArray);
const date = columnOf('date', dateArray);
const timestamp = columnOf('timestamptz', timestampArray);
const json = columnOf('text', textArray, 'jsonb');
const bigints = columnOf('text', textArray, 'bigint[]');

const toDbKinds = (kinds: readonly UsageOfKind[]): string | undefined =>
  kinds.length === 0
    ? undefined
    : JSON.stringify(
        Object.fromEntries(
          kinds.map(({ kind, quantity, rate }) => [
            kind,
            [String(quantity), rate === undefined ? null : String(rate)],
          ]),
        ),
      );

const toDbMetadata = (metadata: UsageRecord['metadata']): string | undefined => {
  for (const _ in metadata) return JSON.stringify(metadata);
  return undefined;
};

const COLUMNS: readonly Column[] = [
  date('admitted_on', ({ admittedAt }) => admittedAt),
  text('request_id', ({ requestId }) => requestId),
  integer('attempt', ({ attempt }) => attempt),
  text('organization_id', ({ organizationId }) => organizationId),
  text('workspace_id', ({ workspaceId }) => workspaceId),
  text('provision_id', ({ provisionId }) => provisionId),
  text('integration_id', ({ integrationId }) => integrationId),
  text('api_key_id', ({ apiKeyId }) => apiKeyId),
  text('model', ({ model }) => model),
  bigint('input_tokens', ({ inputTokens }) => inputTokens),
  bigint('output_tokens', ({ outputTokens }) => outputTokens),
  bigint('cached_input_tokens', ({ cachedInputTokens }) => cachedInputTokens),
  bigint('reasoning_tokens', ({ reasoningTokens }) => reasoningTokens),
  json('kinds', ({ kinds }) => toDbKinds(kinds)),
  text('service_tier', ({ serviceTier }) => serviceTier),
  bigint('amount_nano_usd', ({ amount }) => amount),
  bigint('doubt_nano_usd', ({ doubt }) => doubt),
  boolean('estimated', ({ estimated }) => estimated),
  text('outcome', ({ outcome }) => outcome),
  timestamp('admitted_at', ({ admittedAt }) => admittedAt),
  timestamp('settled_at', ({ settledAt }) => settledAt),
  boolean('streamed', ({ streamed }) => streamed),
  text('lease_id', ({ leaseId }) => leaseId),
  text('journal_id', ({ journalId }) => journalId),
  bigints('leases', ({ leases }) => (leases.length > 0 ? `{${leases.join(',')}}` : undefined)),
  bigint('input_nano_usd_per_million', ({ inputPrice }) => inputPrice),
  bigint('output_nano_usd_per_million', ({ outputPrice }) => outputPrice),
  bigint('price_book_version', ({ priceBookVersion }) => priceBookVersion),
  text('provider', ({ provider }) => provider),
  integer('status', ({ status }) => status),
  integer('first_byte_ms', ({ firstByteMs }) => firstByteMs),
  integer('total_ms', ({ totalMs }) => totalMs),
  json('metadata', ({ metadata }) => toDbMetadata(metadata)),
  text('client_user', ({ user }) => user),
  text('trace_id', ({ traceId }) => traceId),
];

const NAMES = COLUMNS.map(({ name }) => name).join(', ');

/** Adds rows, one array a column, in binary: as text, times above all, they take Postgres and the process longer than to be stored. */
export const INSERT_USAGE = `
  INSERT INTO metering.usage_record (${NAMES})
  SELECT ${COLUMNS.map(({ name, cast }) => (cast === undefined ? name : `${name}::${cast}`)).join(', ')}
  FROM unnest(${COLUMNS.map(({ type }, index) => `$${index + 1}::${type}[]`).join(', ')}) AS given (${NAMES})`;

/** The values of `INSERT_USAGE`. */
export const toRowsUsage = (records: readonly UsageRecord[]): readonly Buffer[] =>
  COLUMNS.map(({ array }) => array(records));

/** What tells rows apart. */
export type UsageRowKey = Pick<UsageDbRow, 'admitted_on' | 'request_id' | 'attempt'>;

export const toRowKey = (record: UsageRecord): UsageRowKey => ({
  admitted_on: record.admittedAt.toISOString().slice(0, 10),
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
