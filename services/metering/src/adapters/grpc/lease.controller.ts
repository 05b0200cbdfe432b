import {
  type GrpcController,
  GrpcService,
  largerRequest,
  Requires,
  serverStream,
  SMALL_REQUEST,
} from '@gatehouse/grpc';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { CommandBus } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import { BeginJournalCommand } from '../../app/journal/begin-journal.handler';
import { ExchangeCommand } from '../../app/journal/exchange.handler';
import { JournalNews } from '../../app/journal/journal.ports';
import { NoticeBoard } from '../../app/journal/notice-board';
import { watchLeases } from '../../app/journal/watch-leases';
import {
  fromProtoBeginJournal,
  fromProtoExchange,
  fromProtoWatchLeases,
  toProtoBegun,
  toProtoExchanged,
  toProtoNotices,
} from './held-lease-conversion';

/** 2,048 finals of eleven fields, and 256 asks with their scopes and some wishes. */
const EXCHANGE_REQUEST = largerRequest({ kibibytes: 1_024, fieldsMax: 49_152 });

/** 8,192 ranges of two fields. */
const BEGIN_REQUEST = largerRequest({ kibibytes: 256, fieldsMax: 32_768 });

/** Leases of one limit, for gateways. */
@GrpcService('LeaseService', meteringV1.LeaseServiceService)
export class LeaseController implements GrpcController<typeof meteringV1.LeaseServiceService> {
  constructor(
    private readonly commands: CommandBus,
    private readonly news: JournalNews,
    private readonly board: NoticeBoard,
  ) {}

  @Requires('service.gateway', BEGIN_REQUEST)
  async beginJournal(request: meteringV1.BeginJournalRequest): Promise<meteringV1.BeginJournalResponse> {
    return toProtoBegun(await this.commands.execute(new BeginJournalCommand(fromProtoBeginJournal(request))));
  }

  @Requires('service.gateway', EXCHANGE_REQUEST)
  async exchange(request: meteringV1.ExchangeRequest): Promise<meteringV1.ExchangeResponse> {
    return toProtoExchanged(await this.commands.execute(new ExchangeCommand(fromProtoExchange(request))));
  }

  @Requires('service.gateway', SMALL_REQUEST)
  watchLeases(
    request: meteringV1.WatchLeasesRequest,
    _metadata: unknown,
    call: ServerWritableStream<meteringV1.WatchLeasesRequest, meteringV1.WatchLeasesResponse>,
  ): Observable<never> {
    const watch = fromProtoWatchLeases(request);
    return serverStream(call, (signal) =>
      toProtoNotices(watchLeases(this.news, this.board, { ...watch, signal })),
    );
  }
}
