import type { OrganizationId, PageRequest } from '@gatehouse/kernel';
import type { UsageDimension, UsageOutcome, UsageRecord, UsageSums } from '../../domain/usage/usage-record';

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
  /** Only of these. */
  readonly provisionIds?: readonly string[];
  /** Days of admission, UTC, `YYYY-MM-DD`, inclusive. */
  readonly fromDay?: string;
  readonly toDay?: string;
}

/** The accounts of usage. */
export abstract class UsageAccounts {
  /** Newest first by admission. */
  abstract records(filter: RecordFilter, page: PageRequest<UsageCursor>): Promise<readonly UsageRecord[]>;

  /** One row per combination of the dimensions, in their order; one in all where there are none. */
  abstract sums(filter: SumsFilter, by: readonly UsageDimension[]): Promise<readonly UsageSums[]>;
}

/** The months that usage is kept by. */
export abstract class UsageMonths {
  /** Resolves when records that were admitted then can be kept. */
  abstract ready(times: readonly Date[]): Promise<void>;
}
