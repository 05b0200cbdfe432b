import { decidedAfter, deploymentsAfter, isModelDecision } from '@gatehouse/offering';
import type { IntegrationConnected, IntegrationConnectRefused, IntegrationEvent } from './integration.events';
import { settingsOf } from './integration-settings';

/** What a live integration is made of, and a deleted one was. */
export type IntegrationDetails = Omit<IntegrationConnected, 'type'>;

export interface LiveIntegration {
  readonly status: 'connected';
  readonly details: IntegrationDetails;
  readonly description: string;
  /** Whether it serves anybody. */
  readonly enabled: boolean;
  /** Whether the provider refuses the current credential, as far as calls have told. */
  readonly credentialRejected: boolean;
  /** Not all of the workspaces that it was connected with have it, and so it serves none. */
  readonly connecting: boolean;
}

/** Why an integration could not be connected with all of its workspaces. */
export type ConnectRefusal = Pick<IntegrationConnectRefused, 'workspaceId' | 'reason'>;

export type Integration =
  | { readonly status: 'absent' }
  /** Given up before it was connected; nothing follows. */
  | { readonly status: 'abandoned' }
  | LiveIntegration
  | DeletedIntegration;

export interface DeletedIntegration extends Omit<LiveIntegration, 'status'> {
  readonly status: 'deleted';
  /** Nobody has confirmed yet that these are destroyed. */
  readonly keysLeft: readonly string[];
  /** When the last of them will be, as far as that is known. */
  readonly keysDestroyedBy: Date | undefined;
  /** Undefined where that is not how it ended. */
  readonly refusal: ConnectRefusal | undefined;
}

export const evolve = (integration: Integration, event: IntegrationEvent): Integration => {
  if (isModelDecision(event)) {
    return integration.status === 'connected' ? changed(integration, event) : integration;
  }
  switch (event.type) {
    case 'IntegrationConnected': {
      const { type: _type, ...details } = event;
      const connecting = event.workspaces.length > 0;
      return {
        status: 'connected',
        details,
        description: '',
        enabled: true,
        credentialRejected: false,
        connecting,
      };
    }
    case 'IntegrationConnectAbandoned':
      return { status: 'abandoned' };
    case 'IntegrationReady':
    case 'IntegrationConnectRefused':
    case 'IntegrationRenamed':
    case 'IntegrationDescribed':
    case 'IntegrationDisabled':
    case 'IntegrationEnabled':
    case 'CredentialRotated':
    case 'IntegrationReconfigured':
    case 'CredentialRejected':
    case 'CredentialAccepted':
    case 'DeploymentAdded':
    case 'DeploymentChanged':
    case 'DeploymentRemoved':
    case 'DefaultDeploymentChanged':
    case 'IntegrationDeleted':
      return integration.status === 'connected' ? changed(integration, event) : integration;
    case 'IntegrationKeyDestructionScheduled':
    case 'IntegrationKeyDestroyed':
      return integration.status === 'deleted' ? ended(integration, event) : integration;
  }
};

type EventOfLive = Exclude<
  IntegrationEvent,
  { type: 'IntegrationConnected' | 'IntegrationConnectAbandoned' } | EventOfDeleted
>;
type EventOfDeleted = Extract<
  IntegrationEvent,
  { type: 'IntegrationKeyDestructionScheduled' | 'IntegrationKeyDestroyed' }
>;

const changed = (integration: LiveIntegration, event: EventOfLive): Integration => {
  const { details } = integration;
  if (isModelDecision(event)) {
    const modelDecisions = decidedAfter(details.modelDecisions, event);
    return { ...integration, details: { ...details, modelDecisions } };
  }
  switch (event.type) {
    case 'IntegrationReady':
      return { ...integration, connecting: false };
    case 'IntegrationConnectRefused': {
      const { workspaceId, reason } = event;
      return deletedWith(integration, event.keyIds, { workspaceId, reason });
    }
    case 'IntegrationRenamed':
      return { ...integration, details: { ...details, name: event.name } };
    case 'IntegrationDescribed':
      return { ...integration, description: event.description };
    case 'IntegrationDisabled':
      return { ...integration, enabled: false };
    case 'IntegrationEnabled':
      return { ...integration, enabled: true };
    case 'CredentialRotated':
      return withCredential(integration, event);
    case 'IntegrationReconfigured':
      return withCredential({ ...integration, details: { ...details, ...settingsOf(event) } }, event);
    case 'CredentialRejected':
      return { ...integration, credentialRejected: true };
    case 'CredentialAccepted':
      return { ...integration, credentialRejected: false };
    case 'DeploymentAdded':
    case 'DeploymentChanged':
    case 'DeploymentRemoved':
    case 'DefaultDeploymentChanged': {
      const deployments = deploymentsAfter(details.deployments, event);
      return { ...integration, details: { ...details, deployments } };
    }
    case 'IntegrationDeleted':
      return deletedWith(integration, event.keyIds, undefined);
  }
};

const deletedWith = (
  integration: LiveIntegration,
  keysLeft: readonly string[],
  refusal: ConnectRefusal | undefined,
): DeletedIntegration => ({
  ...integration,
  status: 'deleted',
  keysLeft,
  keysDestroyedBy: undefined,
  refusal,
});

const ended = (integration: DeletedIntegration, event: EventOfDeleted): DeletedIntegration => {
  switch (event.type) {
    case 'IntegrationKeyDestructionScheduled': {
      const { keysDestroyedBy: by } = integration;
      const isLast = by === undefined || by < event.scheduledFor;
      return { ...integration, keysDestroyedBy: isLast ? event.scheduledFor : by };
    }
    case 'IntegrationKeyDestroyed':
      return { ...integration, keysLeft: integration.keysLeft.filter((keyId) => keyId !== event.keyId) };
  }
};

/** With the event's credential, if it has one. Of another one nothing is known yet; nor of the same one elsewhere. */
const withCredential = (
  integration: LiveIntegration,
  {
    credentialVersion,
    credentialFingerprint,
    references,
    credentialExpiresAt,
  }: Extract<IntegrationEvent, { readonly type: 'CredentialRotated' | 'IntegrationReconfigured' }>,
): LiveIntegration => {
  const credential =
    credentialVersion === 0
      ? {}
      : { credentialVersion, credentialFingerprint, references, credentialExpiresAt };
  return { ...integration, credentialRejected: false, details: { ...integration.details, ...credential } };
};
