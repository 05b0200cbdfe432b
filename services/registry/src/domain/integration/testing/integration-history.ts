import { deriveId, integrationId, organizationId } from '@gatehouse/kernel';
import { type CustomModel, type ModelDecision, NOTHING_DECIDED } from '@gatehouse/offering';
import { slug } from '../../slug/slug';
import { type IntegrationSettings, settingsOf } from '../integration-settings';
import type { IntegrationDetails } from '../integration';
import type {
  CredentialRotated,
  IntegrationConnected,
  IntegrationDeleted,
  IntegrationReconfigured,
} from '../integration.events';

/** What histories of specs are made of. */
export const id = integrationId(deriveId('int', 'spec'));

export const details: IntegrationDetails = {
  integrationId: id,
  organizationId: organizationId(deriveId('org', 'spec')),
  name: 'OpenAI',
  slug: slug('openai'),
  provider: 'openai',
  dialect: 'openai',
  baseUrl: 'https://api.openai.com/v1',
  customHost: '',
  credentialVersion: 1,
  credentialFingerprint: '0000000000000001',
  fields: {},
  local: false,
  modelHosts: {},
  headerNames: [],
  references: {},
  credentialExpiresAt: undefined,
  credentialKind: '',
  issuer: '',
  deployments: [],
  ownerWorkspaceId: undefined,
  workspaces: [],
  modelDecisions: NOTHING_DECIDED,
};

export const settings: IntegrationSettings = settingsOf(details);

export const connected: IntegrationConnected = { type: 'IntegrationConnected', ...details };
export const abandoned = { type: 'IntegrationConnectAbandoned', integrationId: id } as const;
export const KEY_ID = 'ik_local_0123456789abcdefghjkmnpqrs_1_0123456789abcdef';
export const deleted: IntegrationDeleted = {
  type: 'IntegrationDeleted',
  integrationId: id,
  keyIds: [KEY_ID],
};
export const keyScheduled = (day: number) =>
  ({
    type: 'IntegrationKeyDestructionScheduled',
    integrationId: id,
    keyId: KEY_ID,
    scheduledFor: new Date(Date.UTC(2030, 0, day)),
  }) as const;
export const keyDestroyed = { type: 'IntegrationKeyDestroyed', integrationId: id, keyId: KEY_ID } as const;
export const renamed = (name: string) => ({ type: 'IntegrationRenamed', integrationId: id, name }) as const;
export const described = (description: string) =>
  ({ type: 'IntegrationDescribed', integrationId: id, description }) as const;
export const disabled = { type: 'IntegrationDisabled', integrationId: id } as const;
export const enabled = { type: 'IntegrationEnabled', integrationId: id } as const;
export const rotated = (credentialVersion: number): CredentialRotated => ({
  type: 'CredentialRotated',
  integrationId: id,
  credentialVersion,
  credentialFingerprint: `000000000000000${credentialVersion}`,
  references: {},
  credentialExpiresAt: undefined,
});
/** With a credential of this version, or with none. */
export const reconfigured = (
  changes: Partial<IntegrationSettings>,
  credentialVersion = 0,
): IntegrationReconfigured => ({
  type: 'IntegrationReconfigured',
  integrationId: id,
  ...settings,
  ...changes,
  credentialVersion,
  credentialFingerprint: credentialVersion === 0 ? '' : `000000000000000${credentialVersion}`,
  references: {},
  credentialExpiresAt: undefined,
});
export const deployment = (alias: string, isDefault = false) => ({
  alias,
  deploymentName: `${alias}-at-azure`,
  apiVersion: '2024-10-21',
  model: 'gpt-4o',
  isDefault,
});

/** A decision on its models. */
export const decided = (decision: ModelDecision) => ({ ...decision, integrationId: id });
export const customModel = (name: string, more: Partial<CustomModel> = {}): CustomModel => ({
  name,
  fineTuned: false,
  contextWindow: 20n,
  maxOutputTokens: 10n,
  ...more,
});
