import type {
  BulkId,
  CountedPage,
  IntegrationId,
  KeyedPlace,
  LimitSpec,
  ModelAccess,
  OrganizationId,
  PageRequest,
  WorkspaceId,
} from '@gatehouse/kernel';
import type { BulkOutcome } from '../../domain/bulk-provision/bulk-provision.events';
import type { BulkView } from './bulk-provision.view';

/** One that is not done. */
export interface OpenBulk {
  readonly bulkId: BulkId;
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  readonly existing: 'keep' | 'override';
  readonly expiresAt: Date | undefined;
  /** How many it is for. */
  readonly workspaces: number;
  /** Why it was requested, and within what: for the history. */
  readonly reason: string;
  readonly correlationId: string;
  readonly causationId: string;
}

/** A workspace without its outcome. */
export interface BulkTurn {
  /** Rises by 1 from 1. */
  readonly ordinal: number;
  readonly workspaceId: WorkspaceId;
}

/** A policy that was set for existing workspaces too, whose bulk was not requested yet. */
export interface UnstartedBulk {
  readonly integrationId: IntegrationId;
  /** Of the policy. */
  readonly revision: bigint;
}

/** `kind` undefined: its turn has not come. */
export interface ToldOutcome {
  readonly workspaceId: WorkspaceId;
  readonly kind: BulkOutcome['kind'] | undefined;
  readonly reason: string;
}

/** Bulk provisions, as far as the projection of the log has seen them. */
export abstract class BulkProvisions {
  /** But for these: the oldest first, at most 100. */
  abstract open(except: readonly BulkId[]): Promise<readonly OpenBulk[]>;
  /** Workspaces whose turn comes after that ordinal; at most so many. */
  abstract turns(id: BulkId, after: number, atMost: number): Promise<readonly BulkTurn[]>;
  /** At most 100. */
  abstract unstarted(): Promise<readonly UnstartedBulk[]>;
  /** Of these, those that are the organization's and not archived. */
  abstract knownAmong(
    organizationId: OrganizationId,
    workspaceIds: readonly WorkspaceId[],
  ): Promise<ReadonlySet<WorkspaceId>>;
  /** Undefined where there is none, also for another organization's. */
  abstract find(organizationId: OrganizationId, id: BulkId): Promise<BulkView | undefined>;
  /** @param kind undefined: all, also those whose turn has not come. */
  abstract outcomes(
    id: BulkId,
    kind: BulkOutcome['kind'] | undefined,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<ToldOutcome, KeyedPlace>>;
}
