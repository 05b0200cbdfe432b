import type { Decider } from '@gatehouse/kernel';
import { type AbandonConnect, abandonConnect } from './abandon-connect';
import { type ConnectIntegration, connectIntegration } from './connect-integration';
import { type DeleteIntegration, deleteIntegration } from './delete-integration';
import type { IntegrationConnected, IntegrationEvent } from './integration.events';
import { type RotateCredential, rotateCredential } from './rotate-credential';

/** What a live integration is made of, and a deleted one was. */
export type IntegrationDetails = Omit<IntegrationConnected, 'type'>;

export type Integration =
  | { readonly status: 'absent' }
  /** Given up before it was connected; nothing follows. */
  | { readonly status: 'abandoned' }
  | { readonly status: 'connected'; readonly details: IntegrationDetails }
  | { readonly status: 'deleted'; readonly details: IntegrationDetails };

export type IntegrationCommand = ConnectIntegration | AbandonConnect | RotateCredential | DeleteIntegration;

const decide = (command: IntegrationCommand, integration: Integration): readonly IntegrationEvent[] => {
  switch (command.type) {
    case 'ConnectIntegration':
      return connectIntegration(command, integration);
    case 'AbandonConnect':
      return abandonConnect(command, integration);
    case 'RotateCredential':
      return rotateCredential(command, integration);
    case 'DeleteIntegration':
      return deleteIntegration(command, integration);
  }
};

const evolve = (integration: Integration, event: IntegrationEvent): Integration => {
  switch (event.type) {
    case 'IntegrationConnected': {
      const { type: _type, ...details } = event;
      return { status: 'connected', details };
    }
    case 'IntegrationConnectAbandoned':
      return { status: 'abandoned' };
    case 'CredentialRotated': {
      if (integration.status !== 'connected') return integration;
      const { credentialVersion, credentialFingerprint } = event;
      return {
        status: 'connected',
        details: { ...integration.details, credentialVersion, credentialFingerprint },
      };
    }
    case 'IntegrationDeleted':
      return integration.status === 'connected'
        ? { status: 'deleted', details: integration.details }
        : integration;
  }
};

export const integrationDecider: Decider<IntegrationCommand, Integration, IntegrationEvent> = {
  initial: { status: 'absent' },
  decide,
  evolve,
};
