import type { Limit, ModelAccess } from '@gatehouse/kernel';
import type { RecordedEvent } from '@gatehouse/event-store';
import { eventIn } from '@gatehouse/events';
import {
  decidedAfter,
  type Deployment,
  type DeploymentChange,
  deploymentsAfter,
  isModelDecision,
} from '@gatehouse/offering';
import {
  fromProtoModelDecisions,
  fromToldDecision,
  type ToldDecision,
  toProtoModelDecisions,
} from '@gatehouse/offering-messages';
import type { eventsV1, provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import { type ApiKeyEvent, type ApiKeyIssued, workspaceOfReach } from '../../domain/api-key/api-key.events';
import type { IntegrationProvisioned, ProvisionEvent } from '../../domain/provision/provision.events';
import type { ProvisionNamed } from '../../domain/provision-names/provision-names.events';
import { provisionIdOf } from '../../app/provision/provision-maker';
import type { WorkspaceEvent } from '../../domain/workspace/workspace.events';
import { toProtoModelAccess } from '../events/model-access';
import { decodeOwnEvent, type OwnEvent } from '../events/own-events';

type EntryValue = provisioningV1.ConfigEntry['value'];

/** What an event does to the gateways' configuration: `value` undefined takes the entry away. */
export interface EntryChange {
  readonly id: string;
  readonly change: (current: EntryValue) => EntryValue;
  /** Of a first event: entries that are to be published before this one is. */
  readonly awaits?: readonly string[];
}

/**
 * Every entry is made by the events of one stream alone, whatever the order in which streams are heard; gateways join
 * them. Undefined where the event is of no concern to gateways.
 */
export const entryChangeOf = (event: RecordedEvent): EntryChange | undefined => {
  const own = decodeOwnEvent(event);
  return own ? ownChange(own, event.revision) : (integrationChange(event) ?? secretReferenceChange(event));
};

const integrationChange = (recorded: RecordedEvent): EntryChange | undefined => {
  const event = eventIn(['integration-', 'slug-'], recorded);
  if (event !== undefined && isModelDecision(event)) {
    return {
      id: event.data.integrationId,
      change: onlyOf('integration', (value) => ({ ...value, modelDecisions: decidedBy(event, value) })),
    };
  }
  switch (event?.type) {
    case 'IntegrationConnected': {
      const { data } = event;
      const { organizationId, integrationId } = data;
      return {
        id: integrationId,
        awaits: data.workspaces.map(({ workspaceId }) =>
          provisionIdOf(organizationId, { workspaceId, integrationId }),
        ),
        change: () => ({
          $case: 'integration',
          value: { ...data, disabled: false, connecting: data.workspaces.length > 0 },
        }),
      };
    }
    case 'CredentialRotated': {
      const { integrationId, credentialVersion } = event.data;
      return {
        id: integrationId,
        change: onlyOf('integration', (value) => ({ ...value, credentialVersion })),
      };
    }
    case 'IntegrationReconfigured':
      return {
        id: event.data.integrationId,
        change: onlyOf('integration', (value) => reconfigured(value, event.data)),
      };
    case 'DeploymentAdded':
    case 'DeploymentChanged':
      return redeployed(event.data.integrationId, { type: event.type, deployment: deploymentOf(event.data) });
    case 'DeploymentRemoved':
    case 'DefaultDeploymentChanged':
      return redeployed(event.data.integrationId, { type: event.type, alias: event.data.alias });
    case 'IntegrationReady':
      return {
        id: event.data.integrationId,
        change: onlyOf('integration', (value) => ({ ...value, connecting: false })),
      };
    case 'IntegrationDisabled':
    case 'IntegrationEnabled': {
      const disabled = event.type === 'IntegrationDisabled';
      return {
        id: event.data.integrationId,
        change: onlyOf('integration', (value) => ({ ...value, disabled })),
      };
    }
    case 'IntegrationConnectRefused':
    case 'IntegrationDeleted':
      return { id: event.data.integrationId, change: gone };
    case undefined:
    case 'IntegrationConnectAbandoned':
    case 'CredentialRejected':
    case 'CredentialAccepted':
    case 'IntegrationRenamed':
    case 'IntegrationDescribed':
    case 'IntegrationKeyDestructionScheduled':
    case 'IntegrationKeyDestroyed':
    case 'SlugReserved':
    case 'SlugReleased':
      return undefined;
  }
};

const redeployed = (id: string, happened: DeploymentChange): EntryChange => ({
  id,
  change: onlyOf('integration', (value) => ({
    ...value,
    deployments: [...deploymentsAfter(value.deployments, happened)],
  })),
});

const deploymentOf = ({ deployment }: eventsV1.DeploymentAdded | eventsV1.DeploymentChanged): Deployment => {
  if (deployment === undefined) throw new Error('a recorded deployment is missing');
  return deployment;
};

/** All at once, so that no call goes to the new host with the old credential, nor the other way round. */
const reconfigured = (
  value: provisioningV1.IntegrationConfig,
  { dialect, baseUrl, modelHosts, local, credentialVersion }: eventsV1.IntegrationReconfigured,
): provisioningV1.IntegrationConfig => ({
  ...value,
  dialect,
  baseUrl,
  modelHosts,
  local,
  credentialVersion: credentialVersion || value.credentialVersion,
});
const secretReferenceChange = (recorded: RecordedEvent): EntryChange | undefined => {
  const event = eventIn(['secretreference-'], recorded);
  switch (event?.type) {
    case undefined:
      return undefined;
    case 'SecretReferenceDefined':
    case 'SecretReferenceChanged': {
      const { data } = event;
      return { id: secretReferenceId(data), change: () => ({ $case: 'secretReference', value: data }) };
    }
    case 'SecretReferenceRemoved':
      return { id: secretReferenceId(event.data), change: gone };
  }
};

const secretReferenceId = ({ organizationId, slug }: { organizationId: string; slug: string }): string =>
  `reference:${organizationId}/${slug}`;

const decidedBy = (
  event: ToldDecision,
  { modelDecisions }: provisioningV1.IntegrationConfig,
): typeV1.ModelDecisions =>
  toProtoModelDecisions(decidedAfter(fromProtoModelDecisions(modelDecisions), fromToldDecision(event)));

/** `revision` of a scope is that of the last event that set its limits or its end: what metering must have seen to judge an ask. */
const ownChange = (event: OwnEvent, revision: bigint): EntryChange | undefined => {
  switch (event.type) {
    case 'OrganizationCreated':
      return {
        id: event.organizationId,
        change: () => ({ $case: 'organization', value: { revision, ...limitedBy([]) } }),
      };
    case 'OrganizationLimitsChanged': {
      const value = { revision, ...limitedBy(event.limits) };
      return { id: event.organizationId, change: onlyOf('organization', () => value) };
    }
    case 'IntegrationLimitsChanged': {
      const { organizationId, integrationId, limits } = event;
      const value = { organizationId, integrationId, revision, ...limitedBy(limits) };
      // Not the integration's own entry, which is made of the registry's events.
      return { id: `limits:${integrationId}`, change: () => ({ $case: 'integrationLimits', value }) };
    }
    case 'WorkspacesConnectingSet':
    case 'WorkspaceNameReserved':
    case 'WorkspaceNameReleased':
    case 'WorkspaceSlugReserved':
    case 'OrganizationApprovalChanged':
    case 'ChangeProposed':
    case 'ProposalApproved':
    case 'ProposalRejected':
    case 'ProposalExpired':
    case 'ProposalCarriedOut':
    case 'ProposalFailed':
    case 'MemberInvited':
    case 'InviteResent':
    case 'InviteCancelled':
    case 'MemberJoined':
    case 'MemberRolesChanged':
    case 'MemberRemoved':
    case 'WorkspacesConnected':
    case 'WorkspaceRefused':
    case 'AutoProvisionPolicySet':
    case 'AutoProvisionTurnedOff':
    case 'AutoProvisionEnded':
    case 'BulkProvisionRequested':
    case 'BulkProvisionCarriedOut':
    case 'BulkProvisionCompleted':
      return undefined;
    case 'WorkspaceCreated':
    case 'WorkspaceLimitsChanged':
    case 'WorkspaceArchived':
    case 'WorkspaceConnectingSet':
    case 'WorkspaceKeyLimitsChanged':
    case 'WorkspaceRenamed':
    case 'WorkspaceDescribed':
      return workspaceChange(event, revision);
    case 'IntegrationProvisioned':
    case 'ProvisionLimitsChanged':
    case 'ProvisionLimitRaised':
    case 'ProvisionExpiryChanged':
    case 'ModelsAllowed':
    case 'ProvisionEnabled':
    case 'ProvisionDisabled':
      return provisionChange(event, revision);
    case 'ProvisionNamed':
      return { id: provisionNameId(event.provisionId), change: () => named(event) };
    case 'ApiKeyIssued':
    case 'ApiKeyRotated':
    case 'ApiKeyLimitsChanged':
    case 'ApiKeyModelsChanged':
    case 'ApiKeyRevoked':
      return keyChange(event, revision);
  }
};

const workspaceChange = (event: WorkspaceEvent, revision: bigint): EntryChange | undefined => {
  switch (event.type) {
    case 'WorkspaceCreated': {
      const { workspaceId: id, organizationId, limits, details } = event;
      const defaultMetadata = { ...details.defaultMetadata };
      const value = { organizationId, revision, ...limitedBy(limits), archived: false, defaultMetadata };
      return { id, change: () => ({ $case: 'workspace', value }) };
    }
    case 'WorkspaceLimitsChanged': {
      const limited = limitedBy(event.limits);
      return {
        id: event.workspaceId,
        change: onlyOf('workspace', (value) => ({ ...value, revision, ...limited })),
      };
    }
    case 'WorkspaceArchived':
      return {
        id: event.workspaceId,
        change: onlyOf('workspace', (value) => ({ ...value, archived: true })),
      };
    case 'WorkspaceKeyLimitsChanged': {
      const keyTemplate = { revision, ...limitedBy(event.limits) };
      return { id: event.workspaceId, change: onlyOf('workspace', (value) => ({ ...value, keyTemplate })) };
    }
    case 'WorkspaceDescribed': {
      const defaultMetadata = { ...event.details.defaultMetadata };
      return {
        id: event.workspaceId,
        change: onlyOf('workspace', (value) => ({ ...value, defaultMetadata })),
      };
    }
    case 'WorkspaceRenamed':
    case 'WorkspaceConnectingSet':
      return undefined;
  }
};

const keyChange = (event: ApiKeyEvent, revision: bigint): EntryChange | undefined => {
  const { apiKeyId: id } = event;
  switch (event.type) {
    case 'ApiKeyIssued':
      // Only in a workspace are models called.
      return workspaceOfReach(event.reach) === undefined
        ? undefined
        : { id, change: () => issued(event, revision) };
    case 'ApiKeyRotated': {
      const { earlierEndsAt: endsAt } = event;
      const hash = Buffer.from(event.hash, 'hex');
      return {
        id,
        change: onlyOf('key', (value) => ({ ...value, hash, earlier: { hash: value.hash, endsAt } })),
      };
    }
    case 'ApiKeyLimitsChanged': {
      const limited = limitedBy(event.limits);
      return { id, change: onlyOf('key', (value) => ({ ...value, revision, ...limited })) };
    }
    case 'ApiKeyModelsChanged': {
      const models = toProtoModelAccess(event.models);
      return { id, change: onlyOf('key', (value) => ({ ...value, models })) };
    }
    case 'ApiKeyRevoked':
      return { id, change: gone };
  }
};

const provisionChange = (event: ProvisionEvent, revision: bigint): EntryChange => {
  switch (event.type) {
    case 'IntegrationProvisioned':
      return { id: event.provisionId, change: () => provisioned(event, revision) };
    case 'ProvisionLimitsChanged':
    case 'ProvisionLimitRaised': {
      const limited = limitedBy(event.limits);
      return {
        id: event.provisionId,
        change: onlyOf('provision', (value) => ({ ...value, revision, ...limited })),
      };
    }
    case 'ProvisionExpiryChanged': {
      const { provisionId: id, expiresAt } = event;
      return { id, change: onlyOf('provision', (value) => ({ ...value, revision, expiresAt })) };
    }
    case 'ModelsAllowed': {
      const models = modelsOf(event.models);
      return { id: event.provisionId, change: onlyOf('provision', (value) => ({ ...value, ...models })) };
    }
    case 'ProvisionEnabled':
      return { id: event.provisionId, change: onlyOf('provision', (value) => ({ ...value, enabled: true })) };
    case 'ProvisionDisabled':
      return {
        id: event.provisionId,
        change: onlyOf('provision', (value) => ({ ...value, enabled: false })),
      };
  }
};

const provisioned = (event: IntegrationProvisioned, revision: bigint): EntryValue => {
  const { organizationId, workspaceId, integrationId, limits, models } = event;
  return {
    $case: 'provision',
    value: {
      organizationId,
      workspaceId,
      integrationId,
      enabled: true,
      ...modelsOf(models),
      revision,
      ...limitedBy(limits),
      expiresAt: event.expiresAt,
    },
  };
};

/** Not the provision's own entry, which is made of another stream. */
export const provisionNameId = (provisionId: string): string => `name:${provisionId}`;

/** Gateways know provisions by slugs alone. */
const named = ({ slug, ...event }: ProvisionNamed): EntryValue => {
  if (slug === undefined) return undefined;
  const { organizationId, workspaceId, provisionId, integrationId } = event;
  const value = { organizationId, workspaceId, provisionId, integrationId, slug };
  return { $case: 'provisionName', value };
};

const issued = (event: ApiKeyIssued, revision: bigint): EntryValue => ({
  $case: 'key',
  value: {
    organizationId: event.organizationId,
    workspaceId: workspaceOfReach(event.reach) ?? '',
    hash: Buffer.from(event.hash, 'hex'),
    revision,
    ...limitedBy(event.limits),
    scopes: [...event.scopes],
    expiresAt: event.expiresAt,
    ...(!event.models.all && { models: toProtoModelAccess(event.models) }),
  },
});

/** What gateways are told of limits, whose amounts are metering's. */
const limitedBy = (limits: readonly Limit[]): { readonly limited: boolean; readonly usdBudget: boolean } => ({
  limited: limits.length > 0,
  usdBudget: limits.some(({ unit }) => unit === 'nanoUsd'),
});

const modelsOf = (models: ModelAccess): { allModels: boolean; modelNames: string[] } => ({
  allModels: models.all,
  modelNames: models.all ? [] : [...models.names],
});

const gone = (): EntryValue => undefined;

/** Changes an entry of its own kind; one that is gone stays gone. */
const onlyOf =
  <Kind extends NonNullable<EntryValue>['$case']>(
    kind: Kind,
    change: (value: ValueOf<Kind>) => ValueOf<Kind>,
  ): EntryChange['change'] =>
  (current) =>
    current?.$case === kind
      ? ({ $case: kind, value: change(current.value as ValueOf<Kind>) } as EntryValue)
      : undefined;

type ValueOf<Kind> = Extract<NonNullable<EntryValue>, { readonly $case: Kind }>['value'];
