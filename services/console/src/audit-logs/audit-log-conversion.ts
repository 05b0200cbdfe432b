import { type auditV1, typeV1 } from '@gatehouse/proto-gen';
import type { AuditLogRecord } from './audit-log.schema';

const { ActorKind } = typeV1;

const USER_TYPES: ReadonlyMap<typeV1.ActorKind, NonNullable<AuditLogRecord['user_type']>> = new Map([
  [ActorKind.API_KEY, 'api-key'],
  [ActorKind.SERVICE, 'service'],
  [ActorKind.OPERATOR, 'operator'],
  [ActorKind.INVITE, 'invite'],
]);

/** A stream is called by the kind of a thing and its id. */
export const toRestAuditLog = (event: auditV1.Event): AuditLogRecord => {
  const [, resource = event.stream, id = ''] = /^([a-z]+)-(.*)$/s.exec(event.stream) ?? [];
  return {
    id: event.id,
    timestamp: event.recordedAt?.toISOString() ?? null,
    action: event.type,
    resource_type: resource,
    resource_id: id,
    user_id: event.actor?.id ?? '',
    user_type: USER_TYPES.get(event.actor?.kind ?? ActorKind.UNSPECIFIED) ?? null,
    client_ip: hostIn(event.actor?.address ?? ''),
    request_id: event.requestId,
    reason: event.reason || null,
    method: null,
    uri: null,
    response_status_code: null,
    country: null,
    workspace_id: null,
    organisation_id: null,
  };
};

/** Of an address and a port; null where there is none. */
const hostIn = (address: string): string | null =>
  /^\[?(.+?)\]?:\d+$/.exec(address)?.[1] ?? (address || null);
