import { callerOf, type GrpcController, GrpcService, RequestChecks, Requires } from '@gatehouse/grpc';
import { organizationOf } from '@gatehouse/platform';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { QueryBus } from '@nestjs/cqrs';
import { ListLimitStatesQuery } from '../../app/limit/list-limit-states.handler';
import { toProtoLimitState } from './limit-state-conversion';
import { scopeId } from './scope-id';

/** Where limits stand. */
@GrpcService('BudgetService', meteringV1.BudgetServiceService)
export class BudgetController implements GrpcController<typeof meteringV1.BudgetServiceService> {
  constructor(private readonly queries: QueryBus) {}

  @Requires('usage.read')
  async listLimitStates(
    request: meteringV1.ListLimitStatesRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.ListLimitStatesRequest, meteringV1.ListLimitStatesResponse>,
  ): Promise<meteringV1.ListLimitStatesResponse> {
    const caller = callerOf(call);
    const checks = new RequestChecks();
    if (request.scopeId !== '') {
      checks.parse('scope_id', 'must be the id of a provision, workspace or API key', () =>
        scopeId(request.scopeId),
      );
    }
    checks.done();
    const { principal } = caller;
    const within =
      principal.kind === 'workspaceKey'
        ? { workspaceId: principal.workspaceId, apiKeyId: principal.keyId }
        : undefined;
    const states = await this.queries.execute(
      new ListLimitStatesQuery({
        organizationId: organizationOf(caller),
        ...(within && { within }),
        ...(request.scopeId !== '' && { scopeId: request.scopeId }),
      }),
    );
    return { limits: states.map(toProtoLimitState) };
  }
}
