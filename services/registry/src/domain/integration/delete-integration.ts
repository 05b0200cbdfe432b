import { AppError, type IntegrationId } from '@gatehouse/kernel';
import type { Integration } from './integration';
import type { IntegrationEvent } from './integration.events';

/** What ends with an integration. */
export interface Dependents {
  /** Those that it is provisioned to. */
  readonly workspaces: number;
  /** Keys of these workspaces that are not revoked. */
  readonly apiKeys: number;
  /** Today and the six days before, UTC; undefined where nobody knows. */
  readonly callsLast7Days: bigint | undefined;
}

export interface DeleteIntegration {
  readonly type: 'DeleteIntegration';
  readonly integrationId: IntegrationId;
  /** Undefined: it is to be deleted whatever depends on it. */
  readonly dependents: Dependents | undefined;
  /** The integration's keys, which are to be destroyed. */
  readonly keyIds: readonly string[];
}

/** Deleting twice is not an error: the second records nothing. */
export const deleteIntegration = (
  { integrationId, dependents, keyIds }: DeleteIntegration,
  integration: Integration,
): readonly IntegrationEvent[] => {
  switch (integration.status) {
    case 'absent':
    case 'abandoned':
      throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
    case 'deleted':
      return [];
    case 'connected':
      if (dependents !== undefined && dependents.workspaces > 0) throw inUse(dependents);
      return [{ type: 'IntegrationDeleted', integrationId, keyIds }];
  }
};

const inUse = ({ workspaces, apiKeys, callsLast7Days: calls }: Dependents): AppError =>
  new AppError('REFUSED', 'INTEGRATION_IN_USE', {
    metadata: {
      workspaces: String(workspaces),
      api_keys: String(apiKeys),
      ...(calls !== undefined && { calls_last_7_days: String(calls) }),
    },
  });
