import { AppError, type IntegrationId } from '@gatehouse/kernel';
import type { Integration } from './integration';
import type { IntegrationEvent } from './integration.events';

export interface DeleteIntegration {
  readonly type: 'DeleteIntegration';
  readonly integrationId: IntegrationId;
}

/** Deleting twice is not an error: the second records nothing. */
export const deleteIntegration = (
  { integrationId }: DeleteIntegration,
  integration: Integration,
): readonly IntegrationEvent[] => {
  switch (integration.status) {
    case 'absent':
    case 'abandoned':
      throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
    case 'deleted':
      return [];
    case 'connected':
      return [{ type: 'IntegrationDeleted', integrationId }];
  }
};
