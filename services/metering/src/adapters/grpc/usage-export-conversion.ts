import { type Caller, RequestChecks } from '@gatehouse/grpc';
import { AppError, workspaceId } from '@gatehouse/kernel';
import { organizationOf, workspaceAskedBy } from '@gatehouse/platform';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { RecordFilter } from '../../app/usage/usage.ports';
import type { CorrectedRecord } from '../../domain/usage/usage-record';
import { optional, toProtoUsageRecord } from './usage-conversion';

/** Writes pages of records as the lines of a file. */
export interface UsageExportFormat {
  readonly head: string;
  line(record: CorrectedRecord): string;
}

export interface UsageExport {
  readonly filter: RecordFilter;
  readonly format: UsageExportFormat;
}

export const fromProtoExportUsage = (request: meteringV1.ExportUsageRequest, caller: Caller): UsageExport => {
  const checks = new RequestChecks();
  const named = optional('workspace_id', request.workspaceId, workspaceId, checks);
  const month = checks.parse('month', 'must be a month, YYYY-MM', () => monthNamed(request.month));
  const format = FORMATS.get(request.format);
  if (!format) checks.fault('format', 'must be a known format');
  checks.done();
  const workspace = workspaceAskedBy(caller, named);
  const filter = {
    organizationId: organizationOf(caller),
    ...(workspace !== undefined && { workspaceId: workspace }),
    ...month,
  };
  return { filter, format: format as UsageExportFormat };
};

/** Its first and its last moment. */
const monthNamed = (raw: string): { readonly from: Date; readonly to: Date } => {
  const from = new Date(`${raw}-01T00:00:00Z`);
  if (!/^\d{4}-\d{2}$/.test(raw) || raw < '0001' || Number.isNaN(from.getTime()))
    throw new AppError('INVALID', 'MONTH_MALFORMED');
  const to = new Date(from);
  to.setUTCMonth(from.getUTCMonth() + 1);
  return { from, to: new Date(to.getTime() - 1) };
};

type Column = readonly [name: string, cell: (record: meteringV1.UsageRecord) => unknown];

const COLUMNS: readonly Column[] = [
  ['admitted_at', ({ admittedAt }) => admittedAt?.toISOString()],
  ['settled_at', ({ settledAt }) => settledAt?.toISOString()],
  ['request_id', ({ requestId }) => requestId],
  ['attempt', ({ attempt }) => attempt],
  ['workspace_id', ({ workspaceId: id }) => id],
  ['integration_id', ({ integrationId }) => integrationId],
  ['provision_id', ({ provisionId }) => provisionId],
  ['api_key_id', ({ apiKeyId }) => apiKeyId],
  ['provider', ({ provider }) => provider],
  ['model', ({ model }) => model],
  ['outcome', ({ outcome }) => meteringV1.UsageOutcome[outcome].toLowerCase()],
  ['status', ({ status }) => status],
  ['streamed', ({ streamed }) => streamed],
  ['estimated', ({ estimated }) => estimated],
  ['input_tokens', ({ inputTokens }) => inputTokens],
  ['cached_input_tokens', ({ cachedInputTokens }) => cachedInputTokens],
  ['output_tokens', ({ outputTokens }) => outputTokens],
  ['reasoning_tokens', ({ reasoningTokens }) => reasoningTokens],
  ['kinds', ({ kinds }) => kinds.map(quantityOf).join(' ')],
  ['service_tier', ({ serviceTier }) => serviceTier],
  ['amount_nano_usd', ({ amountNanoUsd }) => amountNanoUsd],
  ['doubt_nano_usd', ({ doubtNanoUsd }) => doubtNanoUsd],
  ['correction_nano_usd', (record) => correctionOf(record)?.amount],
  ['correction_doubt_nano_usd', (record) => correctionOf(record)?.doubt],
  ['corrected_at', ({ corrections }) => corrections.at(-1)?.correctedAt?.toISOString()],
  ['price_book_version', ({ priceBookVersion }) => priceBookVersion],
  ['first_byte_ms', ({ firstByteMs }) => firstByteMs],
  ['total_ms', ({ totalMs }) => totalMs],
  ['user', ({ user }) => user],
  ['trace_id', ({ traceId }) => traceId],
  ['metadata', ({ metadata }) => (Object.keys(metadata).length > 0 ? JSON.stringify(metadata) : '')],
];

/** By how much counters were moved later; undefined where nothing was learnt. */
const correctionOf = ({ corrections, amountNanoUsd = 0n, doubtNanoUsd }: meteringV1.UsageRecord) => {
  const last = corrections.at(-1);
  return last && { amount: last.amountNanoUsd - amountNanoUsd, doubt: -doubtNanoUsd };
};

const quantityOf = ({ kind, quantity }: meteringV1.UsageOfKind): string =>
  `${meteringV1.UsageKind[kind].toLowerCase()}=${quantity}`;

const lineOf = (cells: readonly string[]): string => `${cells.join(',')}\n`;

const CSV: UsageExportFormat = {
  head: lineOf(COLUMNS.map(([name]) => name)),
  line: (record) => {
    const told = toProtoUsageRecord(record);
    return lineOf(COLUMNS.map(([, cell]) => csvCell(cell(told))));
  },
};

const JSONL: UsageExportFormat = {
  head: '',
  line: (record) => `${JSON.stringify(meteringV1.UsageRecord.toJSON(toProtoUsageRecord(record)))}\n`,
};

const FORMATS: ReadonlyMap<meteringV1.UsageFormat, UsageExportFormat> = new Map([
  [meteringV1.UsageFormat.CSV, CSV],
  [meteringV1.UsageFormat.JSONL, JSONL],
]);

/** What is unknown is an empty cell. A text that begins as formulas do would be run by who opens the file; a number is none. */
export const csvCell = (value: unknown): string => {
  if (typeof value === 'bigint') return String(value);
  const text = value === undefined ? '' : String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return /[",\r\n]|^'/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
};
