import type {
  CountedPage,
  IntegrationId,
  KeyedPlace,
  LimitSpec,
  ModelAccess,
  OrganizationId,
  PageRequest,
  WorkspaceId,
} from '@gatehouse/kernel';
import type { AutoProvisionView } from './auto-provision.view';

/** The projection that says what is still to be provisioned; those who wait for it use this name. */
export const ROLLOUTS = 'rollouts';

/** A provision that a policy gives to a workspace, and that nobody has made yet. */
export interface AwaitedProvision {
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly integrationId: IntegrationId;
  /** As the policy had them when the workspace was created. */
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  /** Of the workspace's creation: what the provision comes of, for the history. */
  readonly reason: string;
  readonly correlationId: string;
  readonly causationId: string;
}

/** A policy whose integration has gone. */
export interface OrphanedPolicy {
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
}

/** A policy that came with the connection of its integration, which nobody has set yet. */
export interface ConnectedPolicy {
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  readonly existing: 'keep' | 'override' | undefined;
  /** Of the connection, for the history. */
  readonly reason: string;
  readonly correlationId: string;
  readonly causationId: string;
}

/** What policies give, by the order of the log. */
export abstract class AutoProvisions {
  /** In a fixed order, from after that one; at most 500. */
  abstract awaited(after: AwaitedProvision | undefined): Promise<readonly AwaitedProvision[]>;
  abstract awaitedBy(workspaceId: WorkspaceId): Promise<readonly AwaitedProvision[]>;
  /** At most 100. */
  abstract orphaned(): Promise<readonly OrphanedPolicy[]>;
  /**
   * Of integrations that are connected, in a fixed order, from after that one; at most 100. One that somebody else has set
   * meanwhile is not among them.
   */
  abstract connected(after: ConnectedPolicy | undefined): Promise<readonly ConnectedPolicy[]>;
  /** Whether an integration was connected with a policy, set or not. */
  abstract cameWith(integrationId: IntegrationId): Promise<boolean>;
  /** Those of an organization that are on, by when they were first set. */
  abstract policies(
    organizationId: OrganizationId,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<AutoProvisionView, KeyedPlace>>;
}
