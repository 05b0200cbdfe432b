import { meteringV1 } from '@gatehouse/proto-gen';
import { type handleUnaryCall, Server, ServerCredentials, status } from '@grpc/grpc-js';

type List = handleUnaryCall<meteringV1.ListScopeLimitStatesRequest, meteringV1.ListScopeLimitStatesResponse>;

/** Metering as far as it says where limits stand, up or down as the spec says. */
export class FakeMetering {
  /** By the scope's id. */
  readonly states = new Map<string, Partial<meteringV1.LimitState>[]>();
  down = false;
  address = '';
  private readonly server = new Server();

  static async start(): Promise<FakeMetering> {
    const metering = new FakeMetering();
    metering.server.addService(meteringV1.BudgetServiceService, {
      listLimitStates: (...[, respond]: Parameters<List>) => respond({ code: status.UNIMPLEMENTED }),
      listScopeLimitStates: (...[call, respond]: Parameters<List>) => metering.list(call, respond),
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
}
