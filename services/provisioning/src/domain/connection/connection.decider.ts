import type { Decider, IntegrationId, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import { type Connection, evolve } from './connection';
import type { ConnectionEvent } from './connection.events';

/** Tells what became of the workspaces that an integration was connected with. */
export interface EndConnection {
  readonly type: 'EndConnection';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  /** Undefined where all of them have it. */
  readonly refused: { readonly workspaceId: WorkspaceId; readonly reason: string } | undefined;
}

/** The first outcome is the last. */
const decide = (
  { organizationId, integrationId, refused }: EndConnection,
  { status }: Connection,
): readonly ConnectionEvent[] => {
  if (status === 'ended') return [];
  const about = { organizationId, integrationId };
  return refused === undefined
    ? [{ type: 'WorkspacesConnected', ...about }]
    : [{ type: 'WorkspaceRefused', ...about, ...refused }];
};

export const connectionDecider: Decider<EndConnection, Connection, ConnectionEvent> = {
  initial: { status: 'open' },
  decide,
  evolve,
};
