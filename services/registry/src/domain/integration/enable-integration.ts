import type { IntegrationId } from '@gatehouse/kernel';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';

export interface EnableIntegration {
  readonly type: 'EnableIntegration';
  readonly integrationId: IntegrationId;
}

/** Enabling twice is not an error: the second records nothing. */
export const enableIntegration = (
  { integrationId }: EnableIntegration,
  { enabled }: LiveIntegration,
): readonly IntegrationEvent[] => (enabled ? [] : [{ type: 'IntegrationEnabled', integrationId }]);
