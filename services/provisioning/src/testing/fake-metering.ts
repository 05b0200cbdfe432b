import { toGrpcError } from '@gatehouse/grpc';
import type { AppError } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { FakeKeyUses } from './fake-key-uses';

type List = handleUnaryCall<meteringV1.ListScopeLimitStatesRequest, meteringV1.ListScopeLimitStatesResponse>;

type CarryOut = handleUnaryCall<meteringV1.CarryOutResetRequest, meteringV1.CarryOutResetResponse>;

type Correct = handleUnaryCall<meteringV1.CarryOutCorrectionRequest, meteringV1.CarryOutCorrectionResponse>;

type Replay = handleUnaryCall<meteringV1.ReplayUsageRequest, meteringV1.ReplayUsageResponse>;

type LastCalls = handleUnaryCall<meteringV1.ListLastCallsRequest, meteringV1.ListLastCallsResponse>;

/** Metering as far as it says where limits stand, when keys last called and how usage fared, and resets budgets; up or down as the spec says. */
export class FakeMetering {
  /** By the scope's id. */
  readonly states = new Map<string, Partial<meteringV1.LimitState>[]>();
  /** By the key's id. */
  readonly lastCalls = new Map<string, Date>();
  /** Of keys that called metering itself. */
  readonly keyUses = new FakeKeyUses();
  readonly replays: meteringV1.ReplayUsageRequest[] = [];
  /** What is answered to them. */
  replay: meteringV1.ReplayUsageResponse['replay'];
  readonly resets: meteringV1.CarryOutResetRequest[] = [];
  readonly corrections: meteringV1.CarryOutCorrectionRequest[] = [];
  /** Why it refuses what was approved; undefined: it does not. */
  refusal: AppError | undefined;
  down = false;
  address = '';
  private readonly server = new Server();

  static async start(): Promise<FakeMetering> {
    const metering = new FakeMetering();
    metering.keyUses.serveAt(metering.server);
    metering.server.addService(meteringV1.BudgetServiceService, {
      listLimitStates: (...[, respond]: Parameters<List>) => respond({ code: status.UNIMPLEMENTED }),
      carryOutReset: (...[call, respond]: Parameters<CarryOut>) => metering.carryOut(call, respond),
      carryOutCorrection: (...[call, respond]: Parameters<Correct>) => metering.correct(call, respond),
      listScopeLimitStates: (...[call, respond]: Parameters<List>) => metering.list(call, respond),
    });
    metering.server.addService(meteringV1.UsageServiceService, {
      listLastCalls: (...[call, respond]: Parameters<LastCalls>) => metering.listLastCalls(call, respond),
      replayUsage: (...[call, respond]: Parameters<Replay>) => metering.replayUsage(call, respond),
    });
    const port = await new Promise<number>((resolve, reject) =>
      metering.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    metering.address = `127.0.0.1:${port}`;
    return metering;
  }

  async stop(): Promise<void> {
    this.server.forceShutdown();
  }

  private list(...[call, respond]: Parameters<List>): void {
    if (this.down) return respond({ code: status.UNAVAILABLE });
    const states = call.request.scopeIds.flatMap((id) => this.states.get(id) ?? []);
    respond(null, {
      limits: states.map((state) => meteringV1.LimitState.fromPartial(state)),
      nextPageToken: '',
    });
  }

  private carryOut(...[call, respond]: Parameters<CarryOut>): void {
    if (this.down) return respond({ code: status.UNAVAILABLE });
    this.resets.push(call.request);
    if (this.refusal) return respond(toGrpcError(this.refusal));
    respond(null, {});
  }

  private correct(...[call, respond]: Parameters<Correct>): void {
    if (this.down) return respond({ code: status.UNAVAILABLE });
    this.corrections.push(call.request);
    respond(null, {});
  }

  private replayUsage(...[call, respond]: Parameters<Replay>): void {
    if (this.down) return respond({ code: status.UNAVAILABLE });
    this.replays.push(call.request);
    respond(null, { replay: this.replay });
  }

  private listLastCalls(...[call, respond]: Parameters<LastCalls>): void {
    if (this.down) return respond({ code: status.UNAVAILABLE });
    const lastCalls = call.request.apiKeyIds.flatMap((apiKeyId) => {
      const minute = this.lastCalls.get(apiKeyId);
      return minute ? [{ apiKeyId, minute }] : [];
    });
    respond(null, { lastCalls });
  }
}
