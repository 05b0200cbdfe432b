import type { IntegrationId } from '@gatehouse/kernel';
import type { Integration } from './integration';
import type { IntegrationEvent } from './integration.events';

/** What whoever holds a key has said of its destruction. */
export interface RecordKeyDestruction {
  readonly type: 'RecordKeyDestruction';
  readonly integrationId: IntegrationId;
  readonly keyId: string;
  /** Undefined: it is destroyed. */
  readonly scheduledFor: Date | undefined;
}

/** Only what the deletion left open is recorded: a key that is destroyed already, or is none of its, changes nothing. */
export const recordKeyDestruction = (
  { integrationId, keyId, scheduledFor }: RecordKeyDestruction,
  integration: Integration,
): readonly IntegrationEvent[] => {
  if (integration.status !== 'deleted' || !integration.keysLeft.includes(keyId)) return [];
  if (scheduledFor === undefined) return [{ type: 'IntegrationKeyDestroyed', integrationId, keyId }];
  const { keysDestroyedBy: by } = integration;
  const isNews = by === undefined || by < scheduledFor;
  return isNews ? [{ type: 'IntegrationKeyDestructionScheduled', integrationId, keyId, scheduledFor }] : [];
};
