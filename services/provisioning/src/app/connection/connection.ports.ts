import type { IntegrationId, LimitSpec, ModelAccess, OrganizationId, WorkspaceId } from '@gatehouse/kernel';

/** A provision that comes with the connection of its integration. */
export interface ConnectedWorkspace {
  readonly workspaceId: WorkspaceId;
  readonly limits: readonly LimitSpec[];
  readonly models: ModelAccess;
  readonly disabled: boolean;
}

/** An integration that serves nobody until all of its workspaces have it. */
export interface OpenConnection {
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  readonly workspaces: readonly ConnectedWorkspace[];
  /** Why it was connected, and within what: for the history. */
  readonly reason: string;
  readonly correlationId: string;
  readonly causationId: string;
}

/** Connections that the registry has recorded and not ended, as far as they were heard of. */
export abstract class Connections {
  /** In a fixed order, from after that one; at most 100. */
  abstract open(after: OpenConnection | undefined): Promise<readonly OpenConnection[]>;
}
