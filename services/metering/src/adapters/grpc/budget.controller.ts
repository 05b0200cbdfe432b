import {
  callerOf,
  type GrpcController,
  GrpcService,
  largerRequest,
  Requires,
  serverStream,
  SMALL_REQUEST,
} from '@gatehouse/grpc';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import { watchBudget } from '../../app/limit/watch-budget';
import { fromProtoCarryOutCorrection, fromProtoCarryOutReset } from './approved-conversion';
import {
  fromProtoGetBudget,
  fromProtoListLimitStates,
  fromProtoListScopeLimitStates,
  fromProtoReleaseHeld,
  fromProtoResetBudget,
  fromProtoWaiveDoubt,
  toProtoBudget,
  toProtoBudgets,
  toProtoHeldReleased,
  toProtoLimitStates,
} from './limit-state-conversion';

/** 1,000 ids of scopes. */
const SCOPES_REQUEST = largerRequest({ kibibytes: 64, fieldsMax: 1_008 });

/** Where limits stand. */
@GrpcService('BudgetService', meteringV1.BudgetServiceService)
export class BudgetController implements GrpcController<typeof meteringV1.BudgetServiceService> {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
  ) {}

  @Requires('organization.admin', 'policies.update', SMALL_REQUEST)
  async resetBudget(
    request: meteringV1.ResetBudgetRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.ResetBudgetRequest, meteringV1.ResetBudgetResponse>,
  ): Promise<meteringV1.ResetBudgetResponse> {
    return toProtoBudget(await this.commands.execute(fromProtoResetBudget(request, callerOf(call))));
  }

  @Requires('service.provisioning', SMALL_REQUEST)
  async carryOutReset(request: meteringV1.CarryOutResetRequest): Promise<meteringV1.CarryOutResetResponse> {
    await this.commands.execute(fromProtoCarryOutReset(request));
    return {};
  }

  @Requires('service.provisioning', SMALL_REQUEST)
  async carryOutCorrection(
    request: meteringV1.CarryOutCorrectionRequest,
  ): Promise<meteringV1.CarryOutCorrectionResponse> {
    await this.commands.execute(fromProtoCarryOutCorrection(request));
    return {};
  }

  @Requires('organization.admin', 'policies.update', SMALL_REQUEST)
  async waiveDoubt(
    request: meteringV1.WaiveDoubtRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.WaiveDoubtRequest, meteringV1.WaiveDoubtResponse>,
  ): Promise<meteringV1.WaiveDoubtResponse> {
    return toProtoBudget(await this.commands.execute(fromProtoWaiveDoubt(request, callerOf(call))));
  }

  @Requires('organization.admin', 'policies.update', SMALL_REQUEST)
  async releaseHeld(
    request: meteringV1.ReleaseHeldRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.ReleaseHeldRequest, meteringV1.ReleaseHeldResponse>,
  ): Promise<meteringV1.ReleaseHeldResponse> {
    return toProtoHeldReleased(await this.commands.execute(fromProtoReleaseHeld(request, callerOf(call))));
  }

  @Requires('usage.read', 'analytics.view', SMALL_REQUEST)
  async getBudget(
    request: meteringV1.GetBudgetRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.GetBudgetRequest, meteringV1.GetBudgetResponse>,
  ): Promise<meteringV1.GetBudgetResponse> {
    return toProtoBudget(await this.queries.execute(fromProtoGetBudget(request, callerOf(call))));
  }

  @Requires('usage.read', 'analytics.view', SMALL_REQUEST)
  watchBudget(
    request: meteringV1.WatchBudgetRequest,
    _metadata: unknown,
    call: ServerWritableStream<meteringV1.WatchBudgetRequest, meteringV1.WatchBudgetResponse>,
  ): Observable<never> {
    const query = fromProtoGetBudget(request, callerOf(call));
    const look = () => this.queries.execute(query);
    return serverStream(call, (signal) => toProtoBudgets(watchBudget(look, signal)));
  }

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
