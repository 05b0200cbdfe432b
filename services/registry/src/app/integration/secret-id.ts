import type { EventMetadata } from '@gatehouse/event-store';
import { deriveId } from '@gatehouse/kernel';
import { isModelDecision } from '@gatehouse/offering';
import type { IntegrationEvent } from '../../domain/integration/integration.events';

/** What one seal of a credential was made for. */
export interface SealingOccasion {
  readonly organizationId: string;
  readonly requestId: string;
  readonly integrationId: string;
  readonly credentialVersion: number;
  readonly credentialFingerprint: string;
}

/**
 * The id of a vault row. It names everything the row is bound to, so two rows of one id are seals of the same
 * credential and either will do: a row, once written, is never overwritten, and a lost race writes another.
 */
export const deriveSecretId = (occasion: SealingOccasion): string =>
  deriveId(
    'sec',
    occasion.organizationId,
    occasion.requestId,
    occasion.integrationId,
    String(occasion.credentialVersion),
    occasion.credentialFingerprint,
  );

/** The vault row that an event made current; undefined for events that make none. */
export const secretIdOf = (event: IntegrationEvent, metadata: EventMetadata): string | undefined => {
  if (isModelDecision(event)) return undefined;
  switch (event.type) {
    case 'IntegrationConnected':
    case 'CredentialRotated':
      return deriveSecretId({ ...event, ...metadata });
    case 'IntegrationReconfigured':
      return event.credentialVersion === 0 ? undefined : deriveSecretId({ ...event, ...metadata });
    case 'IntegrationConnectAbandoned':
    case 'IntegrationRenamed':
    case 'IntegrationDescribed':
    case 'IntegrationDisabled':
    case 'IntegrationEnabled':
    case 'CredentialRejected':
    case 'CredentialAccepted':
    case 'DeploymentAdded':
    case 'DeploymentChanged':
    case 'DeploymentRemoved':
    case 'DefaultDeploymentChanged':
    case 'IntegrationReady':
    case 'IntegrationConnectRefused':
    case 'IntegrationDeleted':
    case 'IntegrationKeyDestructionScheduled':
    case 'IntegrationKeyDestroyed':
      return undefined;
  }
};
