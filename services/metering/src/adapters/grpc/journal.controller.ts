import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { ServerUnaryCall } from '@grpc/grpc-js';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoListJournals,
  fromProtoRecoverLedger,
  fromProtoReleaseQuarantine,
  toProtoJournals,
  toProtoRecovered,
} from './journal-conversion';

/** Journals, for the operator. */
@GrpcService('JournalService', meteringV1.JournalServiceService)
export class JournalController implements GrpcController<typeof meteringV1.JournalServiceService> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('operator', SMALL_REQUEST)
  async listJournals(request: meteringV1.ListJournalsRequest): Promise<meteringV1.ListJournalsResponse> {
    return toProtoJournals(await this.queries.execute(fromProtoListJournals(request)));
  }

  @Requires('operator', SMALL_REQUEST)
  async releaseQuarantine(
    request: meteringV1.ReleaseQuarantineRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.ReleaseQuarantineRequest, meteringV1.ReleaseQuarantineResponse>,
  ): Promise<meteringV1.ReleaseQuarantineResponse> {
    const command = fromProtoReleaseQuarantine(request, callerOf(call));
    return { released: await this.commands.execute(command) };
  }

  @Requires('operator', SMALL_REQUEST)
  async recoverLedger(
    request: meteringV1.RecoverLedgerRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.RecoverLedgerRequest, meteringV1.RecoverLedgerResponse>,
  ): Promise<meteringV1.RecoverLedgerResponse> {
    const command = fromProtoRecoverLedger(request, callerOf(call));
    return toProtoRecovered(await this.commands.execute(command));
  }
}
