import { nanoUsd, nanoUsdPerMillion } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { UsageOutcome, UsageRecord } from '../../domain/usage-record';

const OUTCOMES: Readonly<Record<UsageOutcome, meteringV1.UsageOutcome>> = {
  completed: meteringV1.UsageOutcome.COMPLETED,
  clientLeft: meteringV1.UsageOutcome.CLIENT_LEFT,
  providerFailed: meteringV1.UsageOutcome.PROVIDER_FAILED,
  unknown: meteringV1.UsageOutcome.UNKNOWN,
};

export const toProtoUsageRecord = ({
  usage,
  amount,
  doubt,
  outcome,
  settledAt,
  inputPrice,
  outputPrice,
  told,
  heard,
  ...record
}: UsageRecord): meteringV1.UsageRecord => ({
  ...record,
  ...told,
  ...heard,
  ...(usage && {
    inputTokens: BigInt(usage.inputTokens),
    outputTokens: BigInt(usage.outputTokens),
    cachedInputTokens: BigInt(usage.cachedInputTokens),
    ...(usage.reasoningTokens !== undefined && { reasoningTokens: BigInt(usage.reasoningTokens) }),
  }),
  amountNanoUsd: amount,
  doubtNanoUsd: doubt,
  outcome: OUTCOMES[outcome],
  settledAt,
  inputNanoUsdPerMillion: inputPrice,
  outputNanoUsdPerMillion: outputPrice,
  journalId: '',
  leases: [],
});

/** A record that `toProtoUsageRecord` made. Throws on one without the time of its admission. */
export const fromProtoUsageRecord = (message: meteringV1.UsageRecord): UsageRecord => {
  const { requestId, attempt, model, leaseId, admittedAt, settledAt, streamed, estimated } = message;
  const { organizationId, workspaceId, provisionId, integrationId, apiKeyId } = message;
  const { amountNanoUsd: amount, inputNanoUsdPerMillion, outputNanoUsdPerMillion } = message;
  const { priceBookVersion, provider, metadata, user, traceId } = message;
  if (!admittedAt) throw new Error(`attempt ${requestId}.${attempt} without its admission`);
  return {
    ...{ requestId, attempt, organizationId, workspaceId, provisionId, integrationId, apiKeyId, model },
    ...usageOf(message),
    ...(amount !== undefined && { amount: nanoUsd(amount) }),
    doubt: message.doubtNanoUsd,
    estimated,
    outcome: outcomeOf(message.outcome),
    admittedAt,
    ...(settledAt && { settledAt }),
    streamed,
    leaseId,
    ...(inputNanoUsdPerMillion !== undefined && { inputPrice: nanoUsdPerMillion(inputNanoUsdPerMillion) }),
    ...(outputNanoUsdPerMillion !== undefined && { outputPrice: nanoUsdPerMillion(outputNanoUsdPerMillion) }),
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

const outcomeOf = (outcome: meteringV1.UsageOutcome): UsageOutcome =>
  (Object.keys(OUTCOMES) as UsageOutcome[]).find((key) => OUTCOMES[key] === outcome) ?? 'unknown';
