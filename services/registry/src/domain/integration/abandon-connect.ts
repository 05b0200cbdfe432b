import type { IntegrationId } from '@gatehouse/kernel';
import type { Integration } from './integration';
import type { IntegrationEvent } from './integration.events';

/** Gives up a connection that was begun and never recorded, so that a late one loses. */
export interface AbandonConnect {
  readonly type: 'AbandonConnect';
  readonly integrationId: IntegrationId;
}

/** What was recorded after all stays. */
export const abandonConnect = (
  { integrationId }: AbandonConnect,
  integration: Integration,
): readonly IntegrationEvent[] =>
  integration.status === 'absent' ? [{ type: 'IntegrationConnectAbandoned', integrationId }] : [];
