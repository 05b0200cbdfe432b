import { AppError, type OrganizationId } from '@gatehouse/kernel';
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

const actorOf = ({ principal, address }: Caller): Actor => {
  switch (principal.kind) {
    case 'service':
      return { kind: 'service', id: principal.name, address };
    case 'operator':
      return { kind: 'operator', id: 'operator', address };
    case 'adminKey':
    case 'workspaceKey':
      return { kind: 'apiKey', id: principal.keyId, address };
  }
};

/** The organization of a key; FORBIDDEN `ORGANIZATION_REQUIRED` for callers that belong to none. */
export const organizationOf = ({ principal }: Caller): OrganizationId => {
  if (principal.kind === 'adminKey' || principal.kind === 'workspaceKey') return principal.organizationId;
  throw new AppError('FORBIDDEN', 'ORGANIZATION_REQUIRED');
};
