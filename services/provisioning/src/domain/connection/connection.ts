import type { ConnectionEvent } from './connection.events';

export interface Connection {
  readonly status: 'open' | 'ended';
}

export const evolve = (_connection: Connection, event: ConnectionEvent): Connection => {
  switch (event.type) {
    case 'WorkspacesConnected':
    case 'WorkspaceRefused':
      return { status: 'ended' };
  }
};
