import type { NanoUsd, NanoUsdPerMillion } from '@gatehouse/kernel';
import type { Charge } from './settlement';
import type { Usage } from './usage';

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
  readonly usage?: Omit<Usage, 'cacheWriteTokens' | 'cacheWriteHourTokens'>;
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
  /** Empty when no limit applied. */
  readonly leaseId: string;
  /** Unit rates that were applied; absent: unpriced. */
  readonly inputPrice?: NanoUsdPerMillion;
  readonly outputPrice?: NanoUsdPerMillion;
  /** Of the price book that was in force when the rates were taken. */
  readonly priceBookVersion?: bigint;
}

/** A record with what its attempt is charged. */
export const charged = (record: UsageRecord, { usage, amount, doubt, estimated }: Charge): UsageRecord => ({
  ...record,
  ...(usage && { usage }),
  ...(amount !== undefined && { amount }),
  doubt,
  estimated,
});
