import type {
  BulkId,
  IntegrationId,
  LimitSpec,
  ModelAccess,
  OrganizationId,
  WorkspaceId,
} from '@gatehouse/kernel';

/**
 * Whom it is for: workspaces by name, all that were created before this event, or all that were created before a policy
 * of auto-provision was set, by the revision of that.
 */
export type BulkScope =
  | { readonly kind: 'named'; readonly workspaceIds: readonly WorkspaceId[] }
  | { readonly kind: 'all' }
  | { readonly kind: 'beforePolicy'; readonly revision: bigint };

/** Stream `bulk-{id}`. It was checked as a whole. */
export interface BulkProvisionRequested {
  readonly type: 'BulkProvisionRequested';
  readonly bulkId: BulkId;
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  readonly scope: BulkScope;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  /** What to do with a provision that is there already. */
  readonly existing: 'keep' | 'override';
  /** Absent: those that are made do not end by themselves, and those that are there end as they did. */
  readonly expiresAt?: Date | undefined;
}

export type BulkOutcome =
  | { readonly workspaceId: WorkspaceId; readonly kind: 'made' | 'changed' | 'unchanged' }
  | { readonly workspaceId: WorkspaceId; readonly kind: 'refused'; readonly reason: string };

/** What became of some of the workspaces; of each it is told once. */
export interface BulkProvisionCarriedOut {
  readonly type: 'BulkProvisionCarriedOut';
  readonly bulkId: BulkId;
  readonly outcomes: readonly BulkOutcome[];
}

/** Every workspace has its outcome. */
export interface BulkProvisionCompleted {
  readonly type: 'BulkProvisionCompleted';
  readonly bulkId: BulkId;
}

export type BulkProvisionEvent = BulkProvisionRequested | BulkProvisionCarriedOut | BulkProvisionCompleted;
