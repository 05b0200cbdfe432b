import type { OrganizationId } from '@gatehouse/kernel';
import { decodePageToken, encodePageToken, pageSize, RequestChecks } from '@gatehouse/grpc';
import { auditV1, typeV1 } from '@gatehouse/proto-gen';
import { type EventPage, ListEventsQuery } from '../../app/list-events.handler';
import type { HistoryEvent } from '../../app/history.ports';

export const fromProtoListEventsRequest = (
  request: auditV1.ListEventsRequest,
  organizationId: OrganizationId,
): ListEventsQuery => {
  const checks = new RequestChecks();
  for (const field of ['stream', 'type', 'actor_id'] as const) {
    const value = field === 'actor_id' ? request.actorId : request[field];
    checks.text(field, value, { min: 0, max: 256 });
  }
  checks.instant('from', request.from);
  checks.instant('to', request.to);
  const limit = pageSize(request.pageSize, { max: 500, fallback: 100 });
  const [cursor = '0'] = decodePageToken(request.pageToken, 1) ?? [];
  const after = checks.parse('page_token', 'is malformed', () => sequenceOf(cursor)) ?? 0n;
  checks.done();
  const { stream, type, actorId, from, to } = request;
  const filter = {
    organizationId,
    stream: stream || undefined,
    type: type || undefined,
    actorId: actorId || undefined,
    from,
    to,
  };
  return new ListEventsQuery(filter, after, limit, request.atLeastPosition);
};

const sequenceOf = (text: string): bigint => {
  if (!/^\d{1,18}$/.test(text)) throw new Error('not a sequence');
  return BigInt(text);
};

export const toProtoListEventsResponse = ({ events, next }: EventPage): auditV1.ListEventsResponse => ({
  events: events.map(toProtoEvent),
  nextPageToken: next === undefined ? '' : encodePageToken([next.toString()]),
});

const ACTOR_KINDS: Readonly<Record<HistoryEvent['actor']['kind'], typeV1.ActorKind>> = {
  apiKey: typeV1.ActorKind.API_KEY,
  service: typeV1.ActorKind.SERVICE,
  operator: typeV1.ActorKind.OPERATOR,
};

const toProtoEvent = (event: HistoryEvent): auditV1.Event => ({
  id: event.id,
  position: event.position.toString(),
  stream: event.stream,
  revision: event.revision,
  type: event.type,
  version: event.version,
  dataJson: event.dataJson,
  actor: { kind: ACTOR_KINDS[event.actor.kind], id: event.actor.id, address: event.actor.address },
  reason: event.reason,
  requestId: event.requestId,
  correlationId: event.correlationId,
  causationId: event.causationId,
  recordedAt: event.recordedAt,
  writer: event.writer,
});
