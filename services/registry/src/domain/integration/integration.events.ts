import type { IntegrationId, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import type { Deployment, DeploymentChange, ModelDecision, ModelDecisions } from '@gatehouse/offering';
import type { Slug } from '../slug/slug';
import type { IntegrationSettings } from './integration-settings';
import type { SecretUses } from './secret-uses';
import type { WantedPolicy, WantedProvision } from './wanted-provision';

/** A connection was made: the credential's first version is in the vault, the slug is ours. */
export interface IntegrationConnected extends IntegrationSettings {
  readonly type: 'IntegrationConnected';
  readonly integrationId: IntegrationId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly slug: Slug;
  readonly provider: string;
  readonly credentialVersion: number;
  readonly credentialFingerprint: string;
  /** The fields of the credential that are secrets kept elsewhere. */
  readonly references: SecretUses;
  /** When the credential expires, as who gave it said; undefined where nobody did. */
  readonly credentialExpiresAt: Date | undefined;
  readonly modelDecisions: ModelDecisions;
  /** Of those who speak Azure's language: one is the default, where there are any. */
  readonly deployments: readonly Deployment[];
  /** The workspace that it belongs to; undefined for the organization's own. */
  readonly ownerWorkspaceId: WorkspaceId | undefined;
  /** That are to have it before it serves any. */
  readonly workspaces: readonly WantedProvision[];
  /** Which provisioning sets once it is connected; absent where none is wanted. */
  readonly autoProvision?: WantedPolicy;
}

/** A connection was given up before it was recorded. */
export interface IntegrationConnectAbandoned {
  readonly type: 'IntegrationConnectAbandoned';
  readonly integrationId: IntegrationId;
}

/** All of the workspaces that it was connected with have it: it serves. */
export interface IntegrationReady {
  readonly type: 'IntegrationReady';
  readonly integrationId: IntegrationId;
}

/** One of them cannot have it: it never served, and is as if it were deleted. */
export interface IntegrationConnectRefused {
  readonly type: 'IntegrationConnectRefused';
  readonly integrationId: IntegrationId;
  readonly workspaceId: WorkspaceId;
  readonly reason: string;
  /** The keys that are destroyed with it. */
  readonly keyIds: readonly string[];
}

export interface IntegrationRenamed {
  readonly type: 'IntegrationRenamed';
  readonly integrationId: IntegrationId;
  readonly name: string;
}

export interface IntegrationDescribed {
  readonly type: 'IntegrationDescribed';
  readonly integrationId: IntegrationId;
  /** Empty where it was taken away. */
  readonly description: string;
}

/** It serves nobody from now on; nothing else of it changes. */
export interface IntegrationDisabled {
  readonly type: 'IntegrationDisabled';
  readonly integrationId: IntegrationId;
}

export interface IntegrationEnabled {
  readonly type: 'IntegrationEnabled';
  readonly integrationId: IntegrationId;
}

export interface CredentialRotated {
  readonly type: 'CredentialRotated';
  readonly integrationId: IntegrationId;
  readonly credentialVersion: number;
  readonly credentialFingerprint: string;
  /** The fields of the credential that are secrets kept elsewhere. */
  readonly references: SecretUses;
  readonly credentialExpiresAt: Date | undefined;
}

/** It is called so from now on; the credential that came with it, if one did, is the current one. */
export interface IntegrationReconfigured extends IntegrationSettings {
  readonly type: 'IntegrationReconfigured';
  readonly integrationId: IntegrationId;
  /** 0 where the credential stays as it was. */
  readonly credentialVersion: number;
  /** Empty where the credential stays as it was. */
  readonly credentialFingerprint: string;
  /** Of the credential that came with it. */
  readonly references: SecretUses;
  /** Of the credential that came with it. */
  readonly credentialExpiresAt: Date | undefined;
}

/** The provider has begun to refuse the current credential. */
export interface CredentialRejected {
  readonly type: 'CredentialRejected';
  readonly integrationId: IntegrationId;
  readonly credentialVersion: number;
}

/** The provider takes the current credential again. */
export interface CredentialAccepted {
  readonly type: 'CredentialAccepted';
  readonly integrationId: IntegrationId;
  readonly credentialVersion: number;
}
/** Something happened to its deployments. */
export type DeploymentEvent = DeploymentChange & { readonly integrationId: IntegrationId };

export interface IntegrationDeleted {
  readonly type: 'IntegrationDeleted';
  readonly integrationId: IntegrationId;
  /** What is to be destroyed with it: the deletion is complete when the last is. */
  readonly keyIds: readonly string[];
}

/** A deleted integration's key opens nothing any more; its provider destroys it at that time. */
export interface IntegrationKeyDestructionScheduled {
  readonly type: 'IntegrationKeyDestructionScheduled';
  readonly integrationId: IntegrationId;
  readonly keyId: string;
  readonly scheduledFor: Date;
}

export interface IntegrationKeyDestroyed {
  readonly type: 'IntegrationKeyDestroyed';
  readonly integrationId: IntegrationId;
  readonly keyId: string;
}

/** One more decision on its models. */
export type ModelsDecided = ModelDecision & { readonly integrationId: IntegrationId };

export type IntegrationEvent =
  | IntegrationConnected
  | IntegrationConnectAbandoned
  | IntegrationReady
  | IntegrationConnectRefused
  | IntegrationRenamed
  | IntegrationDescribed
  | IntegrationDisabled
  | IntegrationEnabled
  | CredentialRotated
  | IntegrationReconfigured
  | CredentialRejected
  | CredentialAccepted
  | DeploymentEvent
  | IntegrationDeleted
  | IntegrationKeyDestructionScheduled
  | IntegrationKeyDestroyed
  | ModelsDecided;
