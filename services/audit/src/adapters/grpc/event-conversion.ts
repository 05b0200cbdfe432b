import { fromProtoPage, PLACES, RequestChecks, toProtoPageToken } from '@gatehouse/grpc';
import type { OrganizationId, Page } from '@gatehouse/kernel';
import { toProtoActor } from '@gatehouse/platform';
import type { auditV1 } from '@gatehouse/proto-gen';
import { ListEventsQuery } from '../../app/list-events.handler';
import type { HistoryEvent } from '../../app/history.ports';

const PAGING = { max: 500, fallback: 100, cursors: PLACES };

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
  return new ListEventsQuery(filter, fromProtoPage(request, PAGING), request.atLeastPosition);
};

export const toProtoListEventsResponse = ({
  items,
  next,
}: Page<HistoryEvent, bigint>): auditV1.ListEventsResponse => ({
  events: items.map(toProtoEvent),
  nextPageToken: toProtoPageToken(next, PAGING),
});

const toProtoEvent = (event: HistoryEvent): auditV1.Event => ({
  id: event.id,
  position: event.position.toString(),
  stream: event.stream,
  revision: event.revision,
  type: event.type,
  version: event.version,
  dataJson: event.dataJson,
  actor: toProtoActor(event.actor),
  reason: event.reason,
  requestId: event.requestId,
  correlationId: event.correlationId,
  causationId: event.causationId,
  recordedAt: event.recordedAt,
  writer: event.writer,
});
