import { AppError, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import type { Actor, EventMetadata } from '@gatehouse/event-store';
import type { Caller } from '@gatehouse/grpc';

export interface CommandOrigin {
  readonly caller: Caller;
  readonly organizationId: OrganizationId;
  readonly requestId: string;
  readonly reason: string;
  /** The command's name, e.g. `ConnectIntegration`. */
  readonly command: string;
}

/** The metadata of the events that a caller's command decides. */
export const metadataOf = ({
  caller,
  organizationId,
  requestId,
  reason,
  command,
}: CommandOrigin): EventMetadata => ({
  organizationId,
  actor: actorOf(caller),
  reason,
  requestId,
  command,
  correlationId: requestId,
  causationId: '',
});

export const actorOf = ({ principal, address }: Caller): Actor => {
  switch (principal.kind) {
    case 'service':
      return { kind: 'service', id: principal.name, address };
    case 'operator':
      return { kind: 'operator', id: 'operator', address };
    case 'invite':
      return { kind: 'invite', id: principal.inviteId, address };
    case 'idToken':
      // It is nobody yet: what follows from it is recorded of the key that it leads to.
      return { kind: 'service', id: 'provisioning', address };
    case 'signInLink':
    case 'organizationKey':
    case 'workspaceKey':
      return { kind: 'apiKey', id: principal.keyId, address };
  }
};

/** The organization of a key, an invite, a sign-in link or an ID token; FORBIDDEN `ORGANIZATION_REQUIRED` for callers that belong to none. */
export const organizationOf = ({ principal }: Caller): OrganizationId => {
  if ('organizationId' in principal) return principal.organizationId;
  throw new AppError('FORBIDDEN', 'ORGANIZATION_REQUIRED');
};

/** The one workspace that a caller sees; undefined for who sees all of the organization's. */
export const onlyWorkspaceOf = ({ principal }: Caller): WorkspaceId | undefined =>
  principal.kind === 'workspaceKey' ? principal.workspaceId : undefined;

/**
 * The workspace that a request is about: the one it names, or else the only one that its caller sees. FORBIDDEN
 * `WORKSPACE_FORBIDDEN` where a workspace's key names another than its own.
 */
export const workspaceAskedBy = (caller: Caller, named: WorkspaceId | undefined): WorkspaceId | undefined => {
  const only = onlyWorkspaceOf(caller);
  if (only !== undefined && named !== undefined && named !== only)
    throw new AppError('FORBIDDEN', 'WORKSPACE_FORBIDDEN');
  return only ?? named;
};
