import { AUTHORIZATION_KEY, toGrpcError } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { type handleUnaryCall, Server, ServerCredentials } from '@grpc/grpc-js';

/** What a method is asked, and by whom; what it throws is its refusal. */
type Method = (request: never, caller: string) => object;

/** Provisioning as far as a spec says what it answers; it knows callers by their names alone. */
export class FakeProvisioning {
  /** Whoever presents one of these is somebody. */
  readonly callers = new Set<string>();
  /** `SessionService.endSession gh_some_key`, in the order in which they came. */
  readonly asked: string[] = [];
  address = '';
  private readonly server = new Server();
  private readonly methods = new Map<string, Method>();

  static async start(): Promise<FakeProvisioning> {
    const provisioning = new FakeProvisioning();
    for (const [name, service] of Object.entries({
      SessionService: provisioningV1.SessionServiceService,
      WorkspaceService: provisioningV1.WorkspaceServiceService,
      MemberService: provisioningV1.MemberServiceService,
    }))
      provisioning.serve(name, service);
    provisioning.answers('SessionService.listSessions', () => ({ sessions: [], organizationId: 'org_one' }));
    const port = await new Promise<number>((resolve, reject) =>
      provisioning.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error ? reject(error) : resolve(bound),
      ),
    );
    provisioning.address = `127.0.0.1:${port}`;
    return provisioning;
  }

  /** @param method `SessionService.endSession`; one that nothing was said of is unavailable. */
  answers(method: string, how: Method): void {
    this.methods.set(method, how);
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private serve(name: string, service: Parameters<Server['addService']>[0]): void {
    const methods = Object.keys(service).map((rpc) => [rpc, this.methodAt(`${name}.${rpc}`)] as const);
    this.server.addService(service, Object.fromEntries(methods));
  }

  private methodAt(name: string): handleUnaryCall<unknown, object> {
    return ({ request, metadata }, respond) => {
      const caller = String(metadata.get(AUTHORIZATION_KEY)[0]).replace('Bearer ', '');
      this.asked.push(`${name} ${caller}`);
      try {
        if (!this.callers.has(caller)) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
        const method = this.methods.get(name);
        if (!method) throw new AppError('UNAVAILABLE', 'PEER_UNAVAILABLE');
        respond(null, method(request as never, caller));
      } catch (error) {
        respond(toGrpcError(error as AppError));
      }
    };
  }
}
