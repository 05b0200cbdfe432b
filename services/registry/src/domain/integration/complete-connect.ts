import { AppError, type IntegrationId, type WorkspaceId } from '@gatehouse/kernel';
import type { Integration } from './integration';
import type { IntegrationEvent } from './integration.events';

/** All of the workspaces that it was connected with have it. */
export interface CompleteConnect {
  readonly type: 'CompleteConnect';
  readonly integrationId: IntegrationId;
}

/** One of the workspaces that it was connected with cannot have it. */
export interface RefuseConnect {
  readonly type: 'RefuseConnect';
  readonly integrationId: IntegrationId;
  readonly workspaceId: WorkspaceId;
  /** Reason of provisioning's refusal. */
  readonly reason: string;
  /** The keys that end with it. */
  readonly keyIds: readonly string[];
}

/** What is not connecting, or not any more, is left as it is: the first outcome is the last, and deleted is deleted. */
export const endConnecting = (
  command: CompleteConnect | RefuseConnect,
  integration: Integration,
): readonly IntegrationEvent[] => {
  if (integration.status === 'absent' || integration.status === 'abandoned') {
    throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
  }
  if (integration.status === 'deleted' || !integration.connecting) return [];
  const { integrationId } = command;
  switch (command.type) {
    case 'CompleteConnect':
      return [{ type: 'IntegrationReady', integrationId }];
    case 'RefuseConnect': {
      const { workspaceId, reason, keyIds } = command;
      return [{ type: 'IntegrationConnectRefused', integrationId, workspaceId, reason, keyIds }];
    }
  }
};
