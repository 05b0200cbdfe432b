import {
  callerOf,
  type GrpcController,
  GrpcService,
  largerRequest,
  Requires,
  serverStream,
  SMALL_REQUEST,
} from '@gatehouse/grpc';
import { Ids } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { Observable } from 'rxjs';
import { exportedPages } from '../../app/usage/export-usage';
import { UsageAccounts } from '../../app/usage/usage.ports';
import {
  fromProtoGetRerating,
  fromProtoPreviewRerating,
  fromProtoRerateUsage,
  toProtoRerating,
  toProtoReratingPreview,
} from './rerating-conversion';
import { fromProtoAdjustUsage, toProtoAdjustment } from './usage-adjustment-conversion';
import { fromProtoExportUsage, type UsageExport } from './usage-export-conversion';
import {
  fromProtoCountCalls,
  fromProtoListLastCalls,
  fromProtoListUsageRecords,
  toProtoCalls,
  toProtoLastCalls,
  toProtoUsagePage,
} from './usage-conversion';
import { fromProtoReplayUsage, toProtoUsageReplay } from './usage-replay-conversion';
import { fromProtoGetUsage, toProtoUsage } from './usage-sums-conversion';

/** 10,000 ids of provisions. */
const PROVISIONS_REQUEST = largerRequest({ kibibytes: 512, fieldsMax: 10_008 });

/** 200 ids of keys. */
const KEYS_REQUEST = largerRequest({ kibibytes: 16, fieldsMax: 208 });

/** 16 limits, 1,000 models of provisions and 10,000 ids of workspaces. */
const REPLAY_REQUEST = largerRequest({ kibibytes: 1_024, fieldsMax: 16_384 });

/** Usage records and their sums. */
@GrpcService('UsageService', meteringV1.UsageServiceService)
export class UsageController implements GrpcController<typeof meteringV1.UsageServiceService> {
  constructor(
    private readonly queries: QueryBus,
    private readonly accounts: UsageAccounts,
    private readonly commands: CommandBus,
    private readonly ids: Ids,
  ) {}

  @Requires('usage.read', 'logs.list', SMALL_REQUEST)
  async listUsageRecords(
    request: meteringV1.ListUsageRecordsRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.ListUsageRecordsRequest, meteringV1.ListUsageRecordsResponse>,
  ): Promise<meteringV1.ListUsageRecordsResponse> {
    const query = fromProtoListUsageRecords(request, callerOf(call));
    return toProtoUsagePage(await this.queries.execute(query), query.filter);
  }

  @Requires('usage.read', 'analytics.view', SMALL_REQUEST)
  async getUsage(
    request: meteringV1.GetUsageRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.GetUsageRequest, meteringV1.GetUsageResponse>,
  ): Promise<meteringV1.GetUsageResponse> {
    const rows = await this.queries.execute(fromProtoGetUsage(request, callerOf(call)));
    return toProtoUsage(rows, request);
  }

  @Requires('usage.read', 'logs.export', SMALL_REQUEST)
  exportUsage(
    request: meteringV1.ExportUsageRequest,
    _metadata: unknown,
    call: ServerWritableStream<meteringV1.ExportUsageRequest, meteringV1.ExportUsageResponse>,
  ): Observable<never> {
    const asked = fromProtoExportUsage(request, callerOf(call));
    return serverStream(call, (signal) => this.linesOf(asked, signal));
  }

  private async *linesOf({ filter, format }: UsageExport, signal: AbortSignal) {
    if (format.head !== '') yield { data: Buffer.from(format.head) };
    for await (const records of exportedPages(this.accounts, filter, signal))
      yield { data: Buffer.from(records.map((record) => format.line(record)).join('')) };
  }

  @Requires('organization.admin', 'policies.update', SMALL_REQUEST)
  async adjustUsage(
    request: meteringV1.AdjustUsageRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.AdjustUsageRequest, meteringV1.AdjustUsageResponse>,
  ): Promise<meteringV1.AdjustUsageResponse> {
    return toProtoAdjustment(await this.commands.execute(fromProtoAdjustUsage(request, callerOf(call))));
  }

  @Requires('organization.admin', 'policies.update', SMALL_REQUEST)
  async rerateUsage(
    request: meteringV1.RerateUsageRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.RerateUsageRequest, meteringV1.RerateUsageResponse>,
  ): Promise<meteringV1.RerateUsageResponse> {
    const command = fromProtoRerateUsage(request, callerOf(call), this.ids);
    return { rerating: toProtoRerating(await this.commands.execute(command)) };
  }

  @Requires('organization.admin', 'policies.update', SMALL_REQUEST)
  async previewRerating(
    request: meteringV1.PreviewReratingRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.PreviewReratingRequest, meteringV1.PreviewReratingResponse>,
  ): Promise<meteringV1.PreviewReratingResponse> {
    const query = fromProtoPreviewRerating(request, callerOf(call));
    return toProtoReratingPreview(await this.queries.execute(query));
  }

  @Requires('organization.admin', 'policies.update', SMALL_REQUEST)
  async getRerating(
    request: meteringV1.GetReratingRequest,
    _metadata: unknown,
    call: ServerUnaryCall<meteringV1.GetReratingRequest, meteringV1.GetReratingResponse>,
  ): Promise<meteringV1.GetReratingResponse> {
    const query = fromProtoGetRerating(request, callerOf(call));
    return { rerating: toProtoRerating(await this.queries.execute(query)) };
  }

  @Requires('service.registry', PROVISIONS_REQUEST)
  async countCalls(request: meteringV1.CountCallsRequest): Promise<meteringV1.CountCallsResponse> {
    return toProtoCalls(await this.queries.execute(fromProtoCountCalls(request)));
  }

  @Requires('service.provisioning', REPLAY_REQUEST)
  async replayUsage(request: meteringV1.ReplayUsageRequest): Promise<meteringV1.ReplayUsageResponse> {
    const query = fromProtoReplayUsage(request);
    return toProtoUsageReplay(query, await this.queries.execute(query));
  }

  @Requires('service.provisioning', KEYS_REQUEST)
  async listLastCalls(request: meteringV1.ListLastCallsRequest): Promise<meteringV1.ListLastCallsResponse> {
    return toProtoLastCalls(await this.queries.execute(fromProtoListLastCalls(request)));
  }
}
