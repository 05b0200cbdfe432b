import { type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { meteringV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { fromProtoRebuildCounters, fromProtoReconcile, toProtoReconciliation } from './books-conversion';

/** The books, for the operator. */
@GrpcService('BooksService', meteringV1.BooksServiceService)
export class BooksController implements GrpcController<typeof meteringV1.BooksServiceService> {
  constructor(
    private readonly queries: QueryBus,
    private readonly commands: CommandBus,
  ) {}

  @Requires('operator', SMALL_REQUEST)
  async reconcile(request: meteringV1.ReconcileRequest): Promise<meteringV1.ReconcileResponse> {
    return toProtoReconciliation(await this.queries.execute(fromProtoReconcile(request)));
  }

  @Requires('operator', SMALL_REQUEST)
  async rebuildCounters(
    request: meteringV1.RebuildCountersRequest,
  ): Promise<meteringV1.RebuildCountersResponse> {
    return { wrong: await this.commands.execute(fromProtoRebuildCounters(request)) };
  }
}
