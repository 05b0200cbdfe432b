import {
  AppError,
  type FieldViolation,
  invalidFields,
  refuseUnoffered,
  replaceLimits,
  type WorkspaceId,
} from '@gatehouse/kernel';
import type { BulkProvision } from './bulk-provision';
import type { BulkProvisionEvent, BulkProvisionRequested, BulkScope } from './bulk-provision.events';

export interface RequestBulkProvision extends Omit<BulkProvisionRequested, 'type'> {
  readonly type: 'RequestBulkProvision';
  /** Of the workspaces that are named, those that are the organization's and not archived. */
  readonly known: ReadonlySet<WorkspaceId>;
  /** Of the models that are named, those that the integration offers. */
  readonly offered: readonly string[];
  readonly at: Date;
}

/** So many faults say enough. */
const FAULTS_MAX = 100;

/**
 * INVALID, naming every field at fault: workspaces that are unknown or named twice, models that are not the integration's,
 * limits that bound the same; REFUSED `END_HAS_PASSED`. Requesting it twice is not an error.
 */
export const requestBulkProvision = (
  command: RequestBulkProvision,
  bulk: BulkProvision,
): readonly BulkProvisionEvent[] => {
  if (bulk.status !== 'absent') return [];
  const { bulkId, organizationId, integrationId, scope, limits, models, existing, known, offered } = command;
  const violations = [
    ...scopeFaults(scope, known),
    ...faultsOf(() => refuseUnoffered(models, offered)),
    // Minted for nobody: only to refuse now what no provision could get.
    ...faultsOf(() => replaceLimits([], limits, { scopeId: bulkId, seed: '' })),
  ];
  if (violations.length > 0) throw invalidFields(violations.slice(0, FAULTS_MAX));
  const { expiresAt, at } = command;
  if (expiresAt && expiresAt <= at) throw new AppError('REFUSED', 'END_HAS_PASSED');
  const about = { bulkId, organizationId, integrationId };
  const ends = expiresAt && { expiresAt };
  return [{ type: 'BulkProvisionRequested', ...about, scope, limits, models, existing, ...ends }];
};

const scopeFaults = (scope: BulkScope, known: ReadonlySet<WorkspaceId>): readonly FieldViolation[] => {
  if (scope.kind !== 'named') return [];
  const seen = new Set<WorkspaceId>();
  return scope.workspaceIds.flatMap((id, index): FieldViolation[] => {
    const field = `workspace_ids[${index}]`;
    if (seen.has(id)) return [{ field, description: 'names another of the list' }];
    seen.add(id);
    return known.has(id) ? [] : [{ field, description: 'is not a workspace of the organization' }];
  });
};

const faultsOf = (check: () => unknown): readonly FieldViolation[] => {
  try {
    check();
    return [];
  } catch (error) {
    if (error instanceof AppError) return error.violations;
    throw error;
  }
};
