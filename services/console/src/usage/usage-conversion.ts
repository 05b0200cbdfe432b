import { formatUsd } from '@gatehouse/kernel';
import type { meteringV1 } from '@gatehouse/proto-gen';
import { timeOrNull } from '../rest/or-null';
import { USAGE_OUTCOMES, type UsageRowAnswer } from './usage.schema';

export const toRestUsageRow = (row: meteringV1.UsageRow): UsageRowAnswer => ({
  begins: timeOrNull(row.begins),
  day: row.day || null,
  workspace_id: row.workspaceId || null,
  provision_id: row.provisionId || null,
  integration_id: row.integrationId || null,
  api_key_id: row.apiKeyId || null,
  provider: row.provider || null,
  model: row.model || null,
  outcome: USAGE_OUTCOMES.of(row.outcome),
  user: row.user || null,
  metadata_value: row.metadataValue || null,
  requests: Number(row.requests),
  input_tokens: Number(row.inputTokens),
  output_tokens: Number(row.outputTokens),
  cost: formatUsd(row.amountNanoUsd),
  doubt: formatUsd(row.doubtNanoUsd),
  unknown_requests: Number(row.unknownRequests),
  first_byte: toRestLatency(row.firstByte),
  total: toRestLatency(row.total),
});

const toRestLatency = (latency: meteringV1.UsageLatency | undefined): UsageRowAnswer['total'] =>
  latency === undefined
    ? null
    : {
        requests: Number(latency.requests),
        p50_ms: latency.p50Ms,
        p90_ms: latency.p90Ms,
        p99_ms: latency.p99Ms,
      };
