import type { ApiKeyId, LimitId, OrganizationId, PageRequest } from '@gatehouse/kernel';
import type { AdjustUsage, UsageAdjustment } from '../../domain/adjustment/adjust-usage';
import type { WaiveDoubt } from '../../domain/adjustment/waive-doubt';
import type { UsageGrain } from '../../domain/usage/usage-rollup';
import type {
  UsageDimension,
  CorrectedRecord,
  UsageOutcome,
  UsageSums,
} from '../../domain/usage/usage-record';

/** Where a page of records goes on: after this one. */
export interface UsageCursor {
  readonly admittedAt: Date;
  readonly requestId: string;
  readonly attempt: number;
}

export interface RecordFilter {
  readonly organizationId: OrganizationId;
  readonly workspaceId?: string;
  readonly integrationId?: string;
  readonly provisionId?: string;
  readonly apiKeyId?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly user?: string;
  readonly traceId?: string;
  readonly outcome?: UsageOutcome;
  readonly status?: number;
  /** Times of admission, both inclusive. */
  readonly from?: Date;
  readonly to?: Date;
}

export interface SumsFilter {
  readonly organizationId: OrganizationId;
  readonly workspaceId?: string;
  readonly integrationId?: string;
  /** Only of these, here and below. */
  readonly provisionIds?: readonly string[];
  readonly workspaceIds?: readonly string[];
  readonly models?: readonly string[];
  readonly apiKeyId?: string;
  readonly provider?: string;
  readonly model?: string;
  readonly outcome?: UsageOutcome;
  /** Calls by a key of their metadata, and of one value only. They are not told apart by anything but their workspace. */
  readonly label?: { readonly key: string; readonly value?: string };
  /** Times of admission: whole minutes, the end exclusive. */
  readonly from?: Date;
  readonly until?: Date;
}

export interface SumsShape {
  /** One row per combination of these, in their order; one in all where there are none. */
  readonly by: readonly UsageDimension[];
  /** Rows for each interval. */
  readonly every?: UsageGrain;
  /** With latencies. */
  readonly latency: boolean;
  /** REFUSED `USAGE_ROWS_EXCEEDED` where there are more. */
  readonly rowsMax: number;
}

/** The minute in which a key last called a provider. */
export interface LastCall {
  readonly apiKeyId: ApiKeyId;
  readonly minute: Date;
}

/** The accounts of usage. */
export abstract class UsageAccounts {
  /** Newest first by admission. */
  abstract records(filter: RecordFilter, page: PageRequest<UsageCursor>): Promise<readonly CorrectedRecord[]>;

  abstract sums(filter: SumsFilter, shape: SumsShape): Promise<readonly UsageSums[]>;

  /** Of those keys of an organization that ever called a provider. */
  abstract lastCalls(
    organizationId: OrganizationId,
    apiKeyIds: readonly ApiKeyId[],
  ): Promise<readonly LastCall[]>;
}

/** What is learnt of calls later than it was charged. */
export abstract class UsageAdjustments {
  /**
   * All or nothing; a repetition is answered as the first time. Errors beside those of the decision: NOT_FOUND `USAGE_UNKNOWN`;
   * REFUSED `USAGE_UNSETTLED` while a lease that the attempt was admitted under is open or in quarantine; CONFLICT
   * `REQUEST_ID_REUSED`; UNAVAILABLE `DATABASE_UNAVAILABLE`.
   */
  abstract adjust(command: AdjustUsage, attempt: AttemptAsked): Promise<UsageAdjustment>;
  /**
   * In the latest period of a limit; a repetition changes nothing. CONFLICT `REQUEST_ID_REUSED`; UNAVAILABLE
   * `DATABASE_UNAVAILABLE`.
   */
  abstract waive(command: WaiveDoubt, limitId: LimitId): Promise<void>;
}

export interface AttemptAsked {
  readonly requestId: string;
  readonly attempt: number;
  /** The day of admission, YYYY-MM-DD, UTC. */
  readonly day: string;
}

/** Counts by minute that counters of hours, days and margins do not have yet. Whoever reads those is told of these with them. */
export abstract class UsageRollups {
  /**
   * Has them have some, of minutes before a time.
   *
   * @param max counts, at least 1.
   * @returns how many; 0 where there are none, or another process is at it.
   */
  abstract rollUp(before: Date, max: number): Promise<number>;
}

/** The months that usage is kept by. */
export abstract class UsageMonths {
  /** Resolves when records that were admitted then can be kept. */
  abstract ready(times: readonly Date[]): Promise<void>;
  /** Something could not be kept: perhaps a month that was ready is so no more. */
  abstract doubted(): void;
}
