import type { Decider, IntegrationId, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import type { ConnectionEvent } from './connection.events';

/** Tells what became of the workspaces that an integration was connected with. */
export interface EndConnection {
  readonly type: 'EndConnection';
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  /** Undefined where all of them have it. */
  readonly refused: { readonly workspaceId: WorkspaceId; readonly reason: string } | undefined;
}

export interface Connection {
  readonly status: 'open' | 'ended';
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

const evolve = (_connection: Connection, event: ConnectionEvent): Connection => {
  switch (event.type) {
    case 'WorkspacesConnected':
    case 'WorkspaceRefused':
      return { status: 'ended' };
  }
};

export const connectionDecider: Decider<EndConnection, Connection, ConnectionEvent> = {
  initial: { status: 'open' },
  decide,
  evolve,
};
