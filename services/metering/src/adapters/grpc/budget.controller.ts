import {
  callerOf,
  type GrpcController,
  GrpcService,
  largerRequest,
  Requires,
  SMALL_REQUEST,
} from '@gatehouse/grpc';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { QueryBus } from '@nestjs/cqrs';
import {
  fromProtoListLimitStates,
  fromProtoListScopeLimitStates,
  toProtoLimitStates,
} from './limit-state-conversion';

/** 1,000 ids of scopes. */
const SCOPES_REQUEST = largerRequest({ kibibytes: 64, fieldsMax: 1_008 });

/** Where limits stand. */
@GrpcService('BudgetService', meteringV1.BudgetServiceService)
export class BudgetController implements GrpcController<typeof meteringV1.BudgetServiceService> {
  constructor(private readonly queries: QueryBus) {}

  @Requires('usage.read', 'analytics.view', SMALL_REQUEST)
  async listLimitStates(
    request: meteringV1.ListLimitStatesRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.ListLimitStatesRequest, meteringV1.ListLimitStatesResponse>,
  ): Promise<meteringV1.ListLimitStatesResponse> {
    const query = fromProtoListLimitStates(request, callerOf(call));
    return toProtoLimitStates(await this.queries.execute(query));
  }

  @Requires('service', SCOPES_REQUEST)
  async listScopeLimitStates(
    request: meteringV1.ListScopeLimitStatesRequest,
  ): Promise<meteringV1.ListScopeLimitStatesResponse> {
    return toProtoLimitStates(await this.queries.execute(fromProtoListScopeLimitStates(request)));
  }
}
