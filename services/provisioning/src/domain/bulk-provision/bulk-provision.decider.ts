import type { BulkId, Decider } from '@gatehouse/kernel';
import { type BulkProvision, evolve } from './bulk-provision';
import type { BulkOutcome, BulkProvisionEvent } from './bulk-provision.events';
import { type RequestBulkProvision, requestBulkProvision } from './request-bulk-provision';

/** Tells what became of some of the workspaces. */
export interface RecordBulkOutcomes {
  readonly type: 'RecordBulkOutcomes';
  readonly bulkId: BulkId;
  readonly outcomes: readonly BulkOutcome[];
}

/** Ends it, where every workspace has its outcome. */
export interface CompleteBulkProvision {
  readonly type: 'CompleteBulkProvision';
  readonly bulkId: BulkId;
  /** How many workspaces it is for. */
  readonly workspaces: number;
}

export type BulkProvisionCommand = RequestBulkProvision | RecordBulkOutcomes | CompleteBulkProvision;

/** Of each workspace the first outcome is the last: what is told again records nothing. */
const decide = (command: BulkProvisionCommand, bulk: BulkProvision): readonly BulkProvisionEvent[] => {
  const { bulkId } = command;
  switch (command.type) {
    case 'RequestBulkProvision':
      return requestBulkProvision(command, bulk);
    case 'RecordBulkOutcomes': {
      if (bulk.status !== 'running') return [];
      const outcomes = command.outcomes.filter(({ workspaceId }) => !bulk.told.has(workspaceId));
      return outcomes.length === 0 ? [] : [{ type: 'BulkProvisionCarriedOut', bulkId, outcomes }];
    }
    case 'CompleteBulkProvision':
      return bulk.status === 'running' && bulk.told.size === command.workspaces
        ? [{ type: 'BulkProvisionCompleted', bulkId }]
        : [];
  }
};

/** Provisions of one integration for many workspaces. */
export const bulkProvisionDecider: Decider<BulkProvisionCommand, BulkProvision, BulkProvisionEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
