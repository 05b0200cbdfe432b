import type { IntegrationId } from '@gatehouse/kernel';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';

export interface DisableIntegration {
  readonly type: 'DisableIntegration';
  readonly integrationId: IntegrationId;
}

/** Disabling twice is not an error: the second records nothing. */
export const disableIntegration = (
  { integrationId }: DisableIntegration,
  { enabled }: LiveIntegration,
): readonly IntegrationEvent[] => (enabled ? [{ type: 'IntegrationDisabled', integrationId }] : []);
