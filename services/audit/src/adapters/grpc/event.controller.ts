import {
  callerOf,
  type GrpcController,
  GrpcService,
  largerRequest,
  Requires,
  SMALL_REQUEST,
} from '@gatehouse/grpc';
import { organizationOf } from '@gatehouse/platform';
import { auditV1 } from '@gatehouse/proto-gen';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { QueryBus } from '@nestjs/cqrs';
import {
  fromProtoListEventsRequest,
  fromProtoListHistoryRequest,
  toProtoListEventsResponse,
  toProtoListHistoryResponse,
} from './event-conversion';

/** A thousand names of streams. */
const HISTORY_REQUEST = largerRequest({ kibibytes: 128, fieldsMax: 2_048 });

@GrpcService('EventService', auditV1.EventServiceService)
export class EventController implements GrpcController<typeof auditV1.EventServiceService> {
  constructor(private readonly queries: QueryBus) {}

  @Requires('organization.read', 'audit_logs.list', SMALL_REQUEST)
  async listEvents(
    request: auditV1.ListEventsRequest,
    _metadata: unknown,
    call: ServerUnaryCall<auditV1.ListEventsRequest, auditV1.ListEventsResponse>,
  ): Promise<auditV1.ListEventsResponse> {
    const query = fromProtoListEventsRequest(request, organizationOf(callerOf(call)));
    return toProtoListEventsResponse(await this.queries.execute(query));
  }

  @Requires('organization.read', 'audit_logs.list', HISTORY_REQUEST)
  async listHistory(
    request: auditV1.ListHistoryRequest,
    _metadata: unknown,
    call: ServerUnaryCall<auditV1.ListHistoryRequest, auditV1.ListHistoryResponse>,
  ): Promise<auditV1.ListHistoryResponse> {
    const query = fromProtoListHistoryRequest(request, organizationOf(callerOf(call)));
    return toProtoListHistoryResponse(await this.queries.execute(query));
  }
}
