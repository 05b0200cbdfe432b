import type { LimitId, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import type { PublishedModels } from '@gatehouse/offering';
import type { ToldIntegration, ToldProvider, ToldProvision } from '../../domain/access/access-facts';
import type { LimitStanding } from '../../domain/access/applying-limit';

/** A provider of a workspace, by the name that its admin gave it. */
export interface NamedProvider extends ToldProvider {
  readonly name: string;
}

/** What became of a slug, as far as gateways were told. */
export interface AddressedProvider {
  readonly integration: 'unknown' | 'connecting' | ToldIntegration;
  readonly provision?: ToldProvision;
  readonly published: PublishedModels;
}

/** The configuration as gateways were told it last. */
export abstract class ToldProviders {
  /** What is provisioned to a workspace, in order of the slugs. */
  abstract ofWorkspace(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId,
  ): Promise<readonly NamedProvider[]>;
  abstract addressed(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId,
    slug: string,
  ): Promise<AddressedProvider>;
}

/** Where limits stand, by metering. */
export abstract class LimitStandings {
  /** Of the limits of these scopes, those that metering knows; none where it cannot be asked. Never throws. */
  abstract of(
    organizationId: OrganizationId,
    scopeIds: readonly string[],
  ): Promise<ReadonlyMap<LimitId, LimitStanding>>;
}
