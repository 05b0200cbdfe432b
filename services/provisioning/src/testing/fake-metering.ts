import { meteringV1 } from '@gatehouse/proto-gen';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';

type List = handleUnaryCall<meteringV1.ListScopeLimitStatesRequest, meteringV1.ListScopeLimitStatesResponse>;

type LastCalls = handleUnaryCall<meteringV1.ListLastCallsRequest, meteringV1.ListLastCallsResponse>;

/** Metering as far as it says where limits stand and when keys last called, up or down as the spec says. */
export class FakeMetering {
  /** By the scope's id. */
  readonly states = new Map<string, Partial<meteringV1.LimitState>[]>();
  /** By the key's id. */
  readonly lastCalls = new Map<string, Date>();
  down = false;
  address = '';
  private readonly server = new Server();

  static async start(): Promise<FakeMetering> {
    const metering = new FakeMetering();
    metering.server.addService(meteringV1.BudgetServiceService, {
      listLimitStates: (...[, respond]: Parameters<List>) => respond({ code: status.UNIMPLEMENTED }),
      listScopeLimitStates: (...[call, respond]: Parameters<List>) => metering.list(call, respond),
    });
    metering.server.addService(meteringV1.UsageServiceService, {
      listLastCalls: (...[call, respond]: Parameters<LastCalls>) => metering.listLastCalls(call, respond),
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

  private listLastCalls(...[call, respond]: Parameters<LastCalls>): void {
    if (this.down) return respond({ code: status.UNAVAILABLE });
    const lastCalls = call.request.apiKeyIds.flatMap((apiKeyId) => {
      const minute = this.lastCalls.get(apiKeyId);
      return minute ? [{ apiKeyId, minute }] : [];
    });
    respond(null, { lastCalls });
  }
}
