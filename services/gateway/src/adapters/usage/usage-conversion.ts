import { nanoUsd, nanoUsdPerMillion as toRate } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { UsageKind, UsageOfKind } from '@gatehouse/offering';
import type { UsageOutcome, UsageRecord } from '../../domain/usage-record';

export const OUTCOMES: Readonly<Record<UsageOutcome, meteringV1.UsageOutcome>> = {
  completed: meteringV1.UsageOutcome.COMPLETED,
  clientLeft: meteringV1.UsageOutcome.CLIENT_LEFT,
  providerFailed: meteringV1.UsageOutcome.PROVIDER_FAILED,
  unknown: meteringV1.UsageOutcome.UNKNOWN,
};

export const KINDS: Readonly<Record<UsageKind, meteringV1.UsageKind>> = {
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

/** Every field by name: what is gathered by spreading costs many times the encoding, three times a request. */
export const toProtoUsageRecord = (record: UsageRecord): meteringV1.UsageRecord => {
  const { usage, told, heard } = record;
  return {
    requestId: record.requestId,
    attempt: record.attempt,
    organizationId: record.organizationId,
    workspaceId: record.workspaceId,
    provisionId: record.provisionId,
    integrationId: record.integrationId,
    apiKeyId: record.apiKeyId,
    model: record.model,
    inputTokens: optionalBigInt(usage?.inputTokens),
    outputTokens: optionalBigInt(usage?.outputTokens),
    cachedInputTokens: optionalBigInt(usage?.cachedInputTokens),
    reasoningTokens: optionalBigInt(usage?.reasoningTokens),
    amountNanoUsd: record.amount,
    doubtNanoUsd: record.doubt,
    estimated: record.estimated,
    outcome: OUTCOMES[record.outcome],
    admittedAt: record.admittedAt,
    settledAt: record.settledAt,
    streamed: record.streamed,
    leaseId: record.leaseOfBefore ?? '',
    inputNanoUsdPerMillion: record.inputPrice,
    outputNanoUsdPerMillion: record.outputPrice,
    priceBookVersion: record.priceBookVersion,
    kinds: record.kinds.map(toProtoKind),
    serviceTier: record.serviceTier,
    provider: record.provider,
    status: heard?.status,
    firstByteMs: heard?.firstByteMs,
    totalMs: heard?.totalMs,
    metadata: told.metadata,
    user: told.user,
    traceId: told.traceId,
    journalId: record.journalId,
    leases: [...record.leases],
    corrections: [],
  };
};

const optionalBigInt = (count: number | undefined): bigint | undefined =>
  count === undefined ? undefined : BigInt(count);

const toProtoKind = ({ kind, quantity, rate }: UsageOfKind): meteringV1.UsageOfKind => ({
  kind: KINDS[kind],
  quantity: BigInt(quantity),
  nanoUsdPerMillion: rate,
});

/** A record that `toProtoUsageRecord` made. Throws on one without the time of its admission. */
export const fromProtoUsageRecord = (message: meteringV1.UsageRecord): UsageRecord => {
  const { requestId, attempt, model, admittedAt, settledAt, streamed, estimated } = message;
  const { organizationId, workspaceId, provisionId, integrationId, apiKeyId } = message;
  const { amountNanoUsd: amount, inputNanoUsdPerMillion, outputNanoUsdPerMillion } = message;
  const { priceBookVersion, provider, metadata, user, traceId } = message;
  if (!admittedAt) throw new Error(`attempt ${requestId}.${attempt} without its admission`);
  return {
    ...{ requestId, attempt, organizationId, workspaceId, provisionId, integrationId, apiKeyId, model },
    ...usageOf(message),
    kinds: message.kinds.flatMap(fromProtoKind),
    serviceTier: message.serviceTier,
    ...(amount !== undefined && { amount: nanoUsd(amount) }),
    doubt: message.doubtNanoUsd,
    estimated,
    outcome: outcomeOf(message.outcome),
    admittedAt,
    ...(settledAt && { settledAt }),
    streamed,
    ...{ journalId: message.journalId, leases: message.leases },
    ...(message.leaseId !== '' && { leaseOfBefore: message.leaseId }),
    ...(inputNanoUsdPerMillion !== undefined && { inputPrice: toRate(inputNanoUsdPerMillion) }),
    ...(outputNanoUsdPerMillion !== undefined && { outputPrice: toRate(outputNanoUsdPerMillion) }),
    ...(priceBookVersion !== undefined && { priceBookVersion }),
    provider,
    told: { metadata, user, traceId },
    ...heardOf(message),
  };
};

const heardOf = ({ status, firstByteMs, totalMs }: meteringV1.UsageRecord): Pick<UsageRecord, 'heard'> => {
  const heard = {
    ...(status !== undefined && { status }),
    ...(firstByteMs !== undefined && { firstByteMs }),
    ...(totalMs !== undefined && { totalMs }),
  };
  return Object.keys(heard).length > 0 ? { heard } : {};
};

const usageOf = ({
  inputTokens,
  outputTokens,
  cachedInputTokens,
  reasoningTokens,
}: meteringV1.UsageRecord): Pick<UsageRecord, 'usage'> =>
  inputTokens === undefined || outputTokens === undefined || cachedInputTokens === undefined
    ? {}
    : {
        usage: {
          inputTokens: Number(inputTokens),
          outputTokens: Number(outputTokens),
          cachedInputTokens: Number(cachedInputTokens),
          ...(reasoningTokens !== undefined && { reasoningTokens: Number(reasoningTokens) }),
        },
      };

/** A kind that a newer gateway counted, in a journal that this one took over, is left out. */
const fromProtoKind = ({ kind, quantity, nanoUsdPerMillion }: meteringV1.UsageOfKind): UsageOfKind[] => {
  const known = (Object.keys(KINDS) as UsageKind[]).find((name) => KINDS[name] === kind);
  if (!known) return [];
  const rate = nanoUsdPerMillion === undefined ? {} : { rate: toRate(nanoUsdPerMillion) };
  return [{ kind: known, quantity: Number(quantity), ...rate }];
};

const outcomeOf = (outcome: meteringV1.UsageOutcome): UsageOutcome =>
  (Object.keys(OUTCOMES) as UsageOutcome[]).find((key) => OUTCOMES[key] === outcome) ?? 'unknown';
