import type { WorkspaceId } from '@gatehouse/kernel';
import type { BulkProvisionEvent, BulkProvisionRequested } from './bulk-provision.events';

export interface RequestedBulk extends Omit<BulkProvisionRequested, 'type'> {
  readonly status: 'running' | 'done';
  /** Workspaces that have their outcome. */
  readonly told: ReadonlySet<WorkspaceId>;
}

export type BulkProvision = { readonly status: 'absent' } | RequestedBulk;

export const evolve = (bulk: BulkProvision, event: BulkProvisionEvent): BulkProvision => {
  if (event.type === 'BulkProvisionRequested') {
    const { type: _type, ...requested } = event;
    return { status: 'running', ...requested, told: new Set() };
  }
  if (bulk.status === 'absent') return bulk;
  switch (event.type) {
    case 'BulkProvisionCarriedOut':
      return { ...bulk, told: new Set([...bulk.told, ...event.outcomes.map((one) => one.workspaceId)]) };
    case 'BulkProvisionCompleted':
      return { ...bulk, status: 'done' };
  }
};
