import type { AccessScope, IntegrationId, ModelAccess, ProvisionId } from '@gatehouse/kernel';
import type { Deployment, ModelDecisions, PublishedModels } from '@gatehouse/offering';

/** An integration as gateways have it. */
export interface ToldIntegration {
  readonly id: IntegrationId;
  readonly slug: string;
  /** The vendor. */
  readonly provider: string;
  readonly dialect: string;
  readonly enabled: boolean;
  readonly decisions: ModelDecisions;
  readonly deployments: readonly Deployment[];
}

/** A provision as gateways have it. */
export interface ToldProvision {
  readonly id: ProvisionId;
  /** Its own; absent where it is called as its integration is. */
  readonly slug?: string;
  readonly enabled: boolean;
  readonly models: ModelAccess;
  /** From then on nothing is admitted; absent where it does not end by itself. */
  readonly expiresAt?: Date;
}

/** A provider of a workspace: what was provisioned, and by what. */
export interface ToldProvider {
  readonly integration: ToldIntegration;
  readonly provision: ToldProvision;
  readonly published: PublishedModels;
}

/** By which callers name it. */
export const slugOf = ({ provision, integration }: Pick<ToldProvider, 'provision' | 'integration'>): string =>
  provision.slug ?? integration.slug;

/** The key that would call. */
export interface CallingKey {
  readonly status: 'active' | 'revoked';
  /** When it ends by itself; absent where it does not. */
  readonly expiresAt?: Date;
  /** Empty: all that its role allows. */
  readonly scopes: readonly AccessScope[];
  /** Of what its workspace may call, as `@slug/model`. */
  readonly models: ModelAccess;
}

/** All that a gateway decides a call by, before metering is asked. */
export interface AccessFacts {
  /** Absent where a workspace is asked about. */
  readonly key?: CallingKey;
  readonly isArchived: boolean;
  readonly integration: 'unknown' | 'connecting' | ToldIntegration;
  /** Absent where it is not provisioned to the workspace. */
  readonly provision?: ToldProvision;
  readonly published: PublishedModels;
  /** Empty: the default deployment, where there are deployments. */
  readonly model: string;
  readonly at: Date;
}
