import type { ReceivedMessage } from '@gatehouse/bus';
import { INT64_MAX } from '@gatehouse/kernel';
import { assertFromOwner } from '@gatehouse/projections';
import { eventsV1, meteringV1 } from '@gatehouse/proto-gen';
import type { UsageKind, UsageOfKind, UsageOutcome, UsageRecord } from '../../domain/usage/usage-record';

export const USAGE_OUTCOMES: Readonly<Record<UsageOutcome, meteringV1.UsageOutcome>> = {
  completed: meteringV1.UsageOutcome.COMPLETED,
  clientLeft: meteringV1.UsageOutcome.CLIENT_LEFT,
  providerFailed: meteringV1.UsageOutcome.PROVIDER_FAILED,
  unknown: meteringV1.UsageOutcome.UNKNOWN,
};

export const USAGE_KINDS: Readonly<Record<UsageKind, meteringV1.UsageKind>> = {
  input: meteringV1.UsageKind.INPUT,
  cachedInput: meteringV1.UsageKind.CACHED_INPUT,
  cacheWrite: meteringV1.UsageKind.CACHE_WRITE,
  cacheWriteHour: meteringV1.UsageKind.CACHE_WRITE_HOUR,
  audioInput: meteringV1.UsageKind.AUDIO_INPUT,
  cachedAudioInput: meteringV1.UsageKind.CACHED_AUDIO_INPUT,
  imageInput: meteringV1.UsageKind.IMAGE_INPUT,
  cachedImageInput: meteringV1.UsageKind.CACHED_IMAGE_INPUT,
  output: meteringV1.UsageKind.OUTPUT,
  reasoning: meteringV1.UsageKind.REASONING,
  audioOutput: meteringV1.UsageKind.AUDIO_OUTPUT,
  imageOutput: meteringV1.UsageKind.IMAGE_OUTPUT,
  image: meteringV1.UsageKind.IMAGE,
  search: meteringV1.UsageKind.SEARCH,
  request: meteringV1.UsageKind.REQUEST,
};

/**
 * A UsageRecorded off the bus, from the gateway. Throws where it is none: what cannot be read is kept as a dead letter,
 * never as zeros.
 */
export const fromBusUsage = (message: Pick<ReceivedMessage, 'headers' | 'topic' | 'value'>): UsageRecord => {
  assertFromOwner(message);
  const { value, headers } = message;
  if (headers['ce_type'] !== 'UsageRecorded') throw new Error(`${headers['ce_type']} is no usage`);
  const { record } = eventsV1.UsageRecorded.decode(value);
  if (!record) throw new Error('UsageRecorded without its record');
  return fromProtoUsageRecord(record);
};

const fromProtoUsageRecord = (record: meteringV1.UsageRecord): UsageRecord => {
  const outcome = OUTCOMES_BY_NUMBER.get(record.outcome);
  if (!outcome) throw new Error(`usage with outcome ${record.outcome}`);
  if (!record.admittedAt || !record.settledAt) throw new Error('usage without its times');
  if (record.attempt < 1) throw new Error(`usage of attempt ${record.attempt}`);
  return {
    requestId: named('request_id', record.requestId),
    attempt: record.attempt,
    organizationId: named('organization_id', record.organizationId),
    workspaceId: named('workspace_id', record.workspaceId),
    provisionId: named('provision_id', record.provisionId),
    integrationId: named('integration_id', record.integrationId),
    apiKeyId: named('api_key_id', record.apiKeyId),
    model: named('model', record.model),
    inputTokens: counted('input_tokens', record.inputTokens),
    outputTokens: counted('output_tokens', record.outputTokens),
    cachedInputTokens: counted('cached_input_tokens', record.cachedInputTokens),
    reasoningTokens: counted('reasoning_tokens', record.reasoningTokens),
    kinds: distinct(record.kinds.map(fromProtoKind)),
    serviceTier: record.serviceTier === '' ? '' : named('service_tier', record.serviceTier),
    amount: counted('amount_nano_usd', record.amountNanoUsd),
    doubt: counted('doubt_nano_usd', record.doubtNanoUsd) ?? 0n,
    estimated: record.estimated,
    outcome,
    admittedAt: record.admittedAt,
    settledAt: record.settledAt,
    streamed: record.streamed,
    leaseId: record.leaseId,
    journalId: short('journal_id', record.journalId),
    leases: fewLeases(record.leases),
    inputPrice: counted('input_nano_usd_per_million', record.inputNanoUsdPerMillion),
    outputPrice: counted('output_nano_usd_per_million', record.outputNanoUsdPerMillion),
    priceBookVersion: counted('price_book_version', record.priceBookVersion),
    provider: short('provider', record.provider),
    status: natural('status', record.status),
    firstByteMs: natural('first_byte_ms', record.firstByteMs),
    totalMs: natural('total_ms', record.totalMs),
    metadata: fewPairs(record.metadata),
    user: short('user', record.user),
    traceId: short('trace_id', record.traceId),
  };
};

const LEASES_MAX = 64;

const fewLeases = (leases: readonly bigint[]): readonly bigint[] => {
  if (leases.length > LEASES_MAX) throw new Error(`usage under ${leases.length} leases`);
  return leases.map((number) => counted('leases', number) ?? 0n);
};

/** Sixteen that a request may have, and 32 that its workspace has by default. */
const PAIRS_MAX = 48;

const fewPairs = (metadata: Readonly<Record<string, string>>): Readonly<Record<string, string>> => {
  const pairs = Object.entries(metadata);
  if (pairs.length > PAIRS_MAX) throw new Error(`usage with ${pairs.length} pairs of metadata`);
  for (const [key, value] of pairs) {
    named('metadata', key);
    short('metadata', value);
  }
  return metadata;
};

const short = (field: string, value: string): string => (value === '' ? '' : named(field, value));

const natural = (field: string, value: number | undefined): number | undefined => {
  if (value !== undefined && value < 0) throw new Error(`usage with ${field} ${value}`);
  return value;
};

const OUTCOMES_BY_NUMBER: ReadonlyMap<meteringV1.UsageOutcome, UsageOutcome> = new Map(
  (Object.keys(USAGE_OUTCOMES) as UsageOutcome[]).map((outcome) => [USAGE_OUTCOMES[outcome], outcome]),
);

const KINDS_BY_NUMBER: ReadonlyMap<meteringV1.UsageKind, UsageKind> = new Map(
  (Object.keys(USAGE_KINDS) as UsageKind[]).map((kind) => [USAGE_KINDS[kind], kind]),
);

const fromProtoKind = ({ kind, quantity, nanoUsdPerMillion }: meteringV1.UsageOfKind): UsageOfKind => {
  const known = KINDS_BY_NUMBER.get(kind);
  if (!known) throw new Error(`usage of kind ${kind}`);
  if (quantity < 1n) throw new Error(`usage of ${quantity} of ${known}`);
  return { kind: known, quantity, rate: counted('nano_usd_per_million', nanoUsdPerMillion) };
};

const distinct = (kinds: readonly UsageOfKind[]): readonly UsageOfKind[] => {
  if (new Set(kinds.map(({ kind }) => kind)).size < kinds.length) throw new Error('usage with a kind twice');
  return kinds;
};

const named = (field: string, value: string): string => {
  if (value === '' || value.length > 512 || value.includes('\0'))
    throw new Error(`usage with a bad ${field}`);
  return value;
};

const counted = (field: string, value: bigint | undefined): bigint | undefined => {
  if (value !== undefined && (value < 0n || value > INT64_MAX))
    throw new Error(`usage with ${field} ${value}`);
  return value;
};
