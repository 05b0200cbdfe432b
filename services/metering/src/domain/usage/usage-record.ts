import type { LatencyCounts } from './latency';

/** How an attempt to call a provider ended. `unknown`: its gateway died while it was under way. */
export type UsageOutcome = 'completed' | 'clientLeft' | 'providerFailed' | 'unknown';

/** What is counted, and charged, apart from the rest: tokens, but for the last three. */
export type UsageKind =
  | 'input'
  | 'cachedInput'
  | 'cacheWrite'
  | 'cacheWriteHour'
  | 'audioInput'
  | 'cachedAudioInput'
  | 'imageInput'
  | 'cachedImageInput'
  | 'output'
  | 'reasoning'
  | 'audioOutput'
  | 'imageOutput'
  | 'image'
  | 'search'
  | 'request';

/** Of no two of a record's is one a part of the other. */
export interface UsageOfKind {
  readonly kind: UsageKind;
  /** At least 1. */
  readonly quantity: bigint;
  /** Nano-USD per million; undefined where it was not priced. */
  readonly rate: bigint | undefined;
}

/** One attempt to call a provider. What is not known is undefined, and never 0. */
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
  readonly inputTokens: bigint | undefined;
  readonly outputTokens: bigint | undefined;
  readonly cachedInputTokens: bigint | undefined;
  readonly reasoningTokens: bigint | undefined;
  /** What was used, each kind once; empty where it is unknown, and in records from before it was told. */
  readonly kinds: readonly UsageOfKind[];
  /** The tier that the provider says it served, in its words; empty where it does not say. */
  readonly serviceTier: string;
  /** Nano-USD; undefined where the model has no price. */
  readonly amount: bigint | undefined;
  /** Nano-USD: bound less amount, while the truth is unknown. */
  readonly doubt: bigint;
  readonly estimated: boolean;
  readonly outcome: UsageOutcome;
  readonly admittedAt: Date;
  readonly settledAt: Date;
  readonly streamed: boolean;
  /** Of gateways of the version before; empty where no limit applied, or `leases` says what was held. */
  readonly leaseId: string;
  /** Whose leases they are; empty where no limit applied. */
  readonly journalId: string;
  /** Numbers of the leases of that journal under which it was admitted, one for each limit that applied. */
  readonly leases: readonly bigint[];
  /** Nano-USD per million tokens. */
  readonly inputPrice: bigint | undefined;
  readonly outputPrice: bigint | undefined;
  /** Of the book that was in force when the prices were taken. */
  readonly priceBookVersion: bigint | undefined;
  /** Of the integration, as the catalog names it; empty in records from before it was told. */
  readonly provider: string;
  /** HTTP status of the provider's answer. */
  readonly status: number | undefined;
  /** Milliseconds from sending until the first byte of the answer's body. */
  readonly firstByteMs: number | undefined;
  /** Milliseconds from sending until all was over. */
  readonly totalMs: number | undefined;
  /** What the client said of its request: few pairs of short texts. */
  readonly metadata: Readonly<Record<string, string>>;
  /** Whom the client named as its own user; empty: nobody. */
  readonly user: string;
  readonly traceId: string;
}

/** What an attempt cost by what was learnt later. */
export interface UsageCorrection {
  /** Of the command. */
  readonly requestId: string;
  readonly correctedAt: Date;
  /** Nano-USD; undefined where it was unknown. */
  readonly before: bigint | undefined;
  readonly amount: bigint;
  /** Of which it is a part; undefined where it was adjusted by itself. */
  readonly reratingId: string | undefined;
}

/** A record as it was told, and beside it what was learnt later, earliest first. */
export interface CorrectedRecord extends UsageRecord {
  readonly corrections: readonly UsageCorrection[];
}

export type UsageDimension =
  'workspace' | 'integration' | 'provision' | 'apiKey' | 'provider' | 'model' | 'outcome' | 'label' | 'day';

/** Sums over records; of each record what is known of it. */
export interface UsageSums {
  readonly by: Readonly<Partial<Record<UsageDimension, string>>>;
  /** When the interval begins, where sums are by interval. */
  readonly begins?: Date;
  readonly requests: bigint;
  readonly inputTokens: bigint;
  readonly outputTokens: bigint;
  readonly amount: bigint;
  readonly doubt: bigint;
  /** Of the requests: with tokens or an amount that nobody knows. */
  readonly unknownRequests: bigint;
  /** Where they are asked for and any is known. */
  readonly firstByte?: LatencyCounts;
  readonly total?: LatencyCounts;
}
