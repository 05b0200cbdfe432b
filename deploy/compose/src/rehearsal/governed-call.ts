import { setTimeout as sleep } from 'node:timers/promises';
import { grpcClient } from '@gatehouse/grpc';
import { type FirstKeys, MODEL } from '@gatehouse/launcher';
import { auditV1, meteringV1 } from '@gatehouse/proto-gen';
import type { Installation } from '../installation';

const PATIENCE_MS = 30_000;

/** What one call left behind, for whoever watches. */
export interface CallReport {
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly billedNanoUsd: bigint;
  readonly events: readonly string[];
}

/**
 * Calls a model through the gateway and holds against each other what the four tellers say of it: the answer, the
 * provider's book, the usage record, the history.
 */
export const makeGovernedCall = async (installation: Installation, keys: FirstKeys): Promise<CallReport> => {
  await expectRefusal(installation);
  const answer = await call(installation, keys.apiKey);
  const row = await bookRow(installation, answer.requestId);
  const record = await usageRecord(installation, keys.adminKey, answer.requestId);
  const told = [answer.promptTokens, answer.completionTokens];
  expectSame('tokens of the book', [row.promptTokens, row.completionTokens], told);
  expectSame('tokens of the usage record', [Number(record.inputTokens), Number(record.outputTokens)], told);
  expectSame('amount of the usage record', record.amountNanoUsd, BigInt(row.billedNanoUsd));
  expectSame('workspace of the usage record', record.workspaceId, installation.workspaceId);
  const events = await history(installation, keys.adminKey);
  for (const type of EXPECTED_EVENTS) {
    if (!events.includes(type)) throw new Error(`the history has no ${type}: ${events.join(', ')}`);
  }
  return {
    promptTokens: answer.promptTokens,
    completionTokens: answer.completionTokens,
    billedNanoUsd: BigInt(row.billedNanoUsd),
    events,
  };
};

const EXPECTED_EVENTS = [
  'OrganizationCreated',
  'WorkspaceCreated',
  'IntegrationConnected',
  'IntegrationProvisioned',
  'ApiKeyIssued',
];

interface Answer {
  readonly requestId: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
}

const call = async (installation: Installation, apiKey: string): Promise<Answer> => {
  const response = await chat(installation, apiKey);
  const text = await response.text();
  if (!response.ok) throw new Error(`the gateway answered ${response.status}: ${text}`);
  const { usage } = JSON.parse(text) as { usage: { prompt_tokens: number; completion_tokens: number } };
  return {
    requestId: response.headers.get('x-gatehouse-request-id') ?? '',
    promptTokens: usage.prompt_tokens,
    completionTokens: usage.completion_tokens,
  };
};

const expectRefusal = async (installation: Installation): Promise<void> => {
  const response = await chat(installation, `gh_${'0'.repeat(26)}_${'A'.repeat(43)}`);
  await response.arrayBuffer();
  if (response.status !== 401) throw new Error(`an unknown key was answered with ${response.status}`);
};

const chat = (installation: Installation, apiKey: string): Promise<Response> =>
  fetch(`${installation.gatewayUrl}/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model: MODEL,
      messages: [{ role: 'user', content: 'Who keeps the books?' }],
      max_tokens: 16,
    }),
    signal: AbortSignal.timeout(PATIENCE_MS),
  });

interface BookRow {
  readonly id: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly billedNanoUsd: string;
}

const bookRow = async (installation: Installation, requestId: string): Promise<BookRow> => {
  const response = await fetch(`${installation.simulatorUrl}/book`, { signal: AbortSignal.timeout(10_000) });
  const { requests } = (await response.json()) as { requests: BookRow[] };
  const row = requests.find(({ id }) => id.startsWith(`${requestId}.`));
  if (!row) throw new Error(`the provider's book has no ${requestId}`);
  return row;
};

/** It comes through the bus, a moment after the answer. */
const usageRecord = async (
  installation: Installation,
  adminKey: string,
  requestId: string,
): Promise<meteringV1.UsageRecord> => {
  const usage = grpcClient(meteringV1.UsageServiceClient, {
    address: installation.grpc.metering,
    apiKey: adminKey,
    tls: installation.tlsOf(),
  });
  try {
    for (const start = Date.now(); Date.now() - start < PATIENCE_MS; await sleep(200)) {
      const { records } = await usage.listUsageRecords(
        meteringV1.ListUsageRecordsRequest.fromPartial({ pageSize: 100 }),
      );
      const record = records.find((one) => one.requestId === requestId);
      if (record) return record;
    }
    throw new Error(`there is no usage record of ${requestId}`);
  } finally {
    usage.close();
  }
};

const history = async (installation: Installation, adminKey: string): Promise<string[]> => {
  const events = grpcClient(auditV1.EventServiceClient, {
    address: installation.grpc.audit,
    apiKey: adminKey,
    tls: installation.tlsOf(),
  });
  try {
    for (const start = Date.now(); ; await sleep(200)) {
      const page = await events.listEvents(auditV1.ListEventsRequest.fromPartial({ pageSize: 100 }));
      const types = page.events.map(({ type }) => type);
      const complete = EXPECTED_EVENTS.every((type) => types.includes(type));
      if (complete || Date.now() - start > PATIENCE_MS) return types;
    }
  } finally {
    events.close();
  }
};

const expectSame = (what: string, actual: unknown, expected: unknown): void => {
  if (String(actual) !== String(expected)) throw new Error(`${what}: ${actual}, not ${expected}`);
};
