import { fromProtoPage, PLACES, RequestChecks, toProtoPageToken } from '@gatehouse/grpc';
import type { CountedPage, OrganizationId, Page } from '@gatehouse/kernel';
import { toProtoActor } from '@gatehouse/platform';
import type { auditV1 } from '@gatehouse/proto-gen';
import { ListEventsQuery } from '../../app/list-events.handler';
import { ListHistoryQuery } from '../../app/list-history.handler';
import type { Change } from '../../app/said-before';
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

const HISTORY_PAGING = { max: 200, fallback: 50, cursors: PLACES };
const STREAMS_MAX = 1_000;
const NAME = { min: 0, max: 256 };

export const fromProtoListHistoryRequest = (
  request: auditV1.ListHistoryRequest,
  organizationId: OrganizationId,
): ListHistoryQuery => {
  const checks = new RequestChecks();
  if (request.streams.length > STREAMS_MAX) checks.fault('streams', `must be at most ${STREAMS_MAX}`);
  else request.streams.forEach((stream, index) => checks.text(`streams[${index}]`, stream, NAME));
  const type = checks.text('type', request.type, NAME) || undefined;
  const actorId = checks.text('actor_id', request.actorId, NAME) || undefined;
  const requestId = checks.text('request_id', request.requestId, NAME) || undefined;
  checks.instant('from', request.from);
  checks.instant('to', request.to);
  checks.done();
  const { streams, from, to } = request;
  const page = fromProtoPage(request, HISTORY_PAGING);
  return new ListHistoryQuery(
    { organizationId, streams, type, actorId, requestId, from, to },
    page,
    request.atLeastPosition,
  );
};

export const toProtoListHistoryResponse = ({
  items,
  next,
  totalSize,
}: CountedPage<Change, bigint>): auditV1.ListHistoryResponse => ({
  changes: items.map(({ event, ...before }) => ({ event: toProtoEvent(event), ...before })),
  nextPageToken: toProtoPageToken(next, HISTORY_PAGING),
  totalSize,
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
