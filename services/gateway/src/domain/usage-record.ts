import type { NanoUsd, NanoUsdPerMillion } from '@gatehouse/kernel';
import type { Charge } from './settlement';
import type { Usage } from './usage';
import type { UsageOfKind } from '@gatehouse/offering';

/** How an attempt ended; `unknown` where nobody lived to see it. */
export type UsageOutcome = 'completed' | 'clientLeft' | 'providerFailed' | 'unknown';

/** One attempt to call a provider, as it is told to the rest of the product. */
export interface UsageRecord {
  readonly requestId: string;
  /** From 1. */
  readonly attempt: number;
  readonly organizationId: string;
  readonly workspaceId: string;
  readonly provisionId: string;
  readonly integrationId: string;
  readonly apiKeyId: string;
  readonly model: string;
  /** Absent when unknown. */
  readonly usage?: Pick<Usage, 'inputTokens' | 'outputTokens' | 'cachedInputTokens' | 'reasoningTokens'>;
  /** What the usage is made of; none where it is unknown. */
  readonly kinds: readonly UsageOfKind[];
  /** The service tier that was served, in the provider's words; empty where it does not say. */
  readonly serviceTier: string;
  /** The truth, or the estimate that errs high. Absent: unpriced. */
  readonly amount?: NanoUsd;
  /** Bound less amount, while the truth is unknown. */
  readonly doubt: bigint;
  /** The tokens are estimates. */
  readonly estimated: boolean;
  readonly outcome: UsageOutcome;
  readonly admittedAt: Date;
  /** Absent until it is settled. */
  readonly settledAt?: Date;
  readonly streamed: boolean;
  /** Whose leases they are. */
  readonly journalId: string;
  /** Numbers of those that it was admitted under; none where no limit applied. */
  readonly leases: readonly bigint[];
  /** The one that it had of a gateway of the version before. */
  readonly leaseOfBefore?: string;
  /** Unit rates that were applied; absent: unpriced. */
  readonly inputPrice?: NanoUsdPerMillion;
  readonly outputPrice?: NanoUsdPerMillion;
  /** Of the price book that was in force when the rates were taken. */
  readonly priceBookVersion?: bigint;
  /** Of the integration, as the catalog names it. */
  readonly provider: string;
  readonly told: ToldOfRequest;
  /** Absent until it is settled, and where nobody lived to see it. */
  readonly heard?: HeardOfProvider;
}

/** What the client says of its request, for the accounts. Empty texts and maps: nothing. */
export interface ToldOfRequest {
  readonly metadata: Readonly<Record<string, string>>;
  /** Whom the client names as its own user. */
  readonly user: string;
  readonly traceId: string;
}

/** What was seen of a provider while it was called. */
export interface HeardOfProvider {
  /** HTTP status of its answer; absent where it gave none. */
  readonly status?: number | undefined;
  /** Milliseconds from sending until the first byte of the answer's body. */
  readonly firstByteMs?: number | undefined;
  /** Milliseconds from sending until all was over; absent where nothing was sent. */
  readonly totalMs?: number | undefined;
}

/**
 * A record with what its attempt is charged, and how it ended. Field by field: spreading one of so many fields costs more than all
 * else that is done with it.
 */
export const charged = (
  record: UsageRecord,
  { usage, kinds, rates, amount, doubt, estimated }: Charge,
  outcome: UsageOutcome,
  heard: HeardOfProvider,
  settledAt: Date,
): UsageRecord => ({
  requestId: record.requestId,
  attempt: record.attempt,
  organizationId: record.organizationId,
  workspaceId: record.workspaceId,
  provisionId: record.provisionId,
  integrationId: record.integrationId,
  apiKeyId: record.apiKeyId,
  model: record.model,
  usage,
  kinds,
  serviceTier: usage?.serviceTier ?? '',
  amount,
  doubt,
  estimated,
  outcome,
  admittedAt: record.admittedAt,
  settledAt,
  streamed: record.streamed,
  journalId: record.journalId,
  leases: record.leases,
  leaseOfBefore: record.leaseOfBefore,
  inputPrice: rates?.input,
  outputPrice: rates?.output,
  priceBookVersion: record.priceBookVersion,
  provider: record.provider,
  told: record.told,
  heard,
});
