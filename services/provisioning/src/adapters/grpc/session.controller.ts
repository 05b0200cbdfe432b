import { callerOf, type GrpcController, GrpcService, Requires, SMALL_REQUEST } from '@gatehouse/grpc';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import {
  fromProtoCreateSessionRequest,
  fromProtoCreateSignInLinkRequest,
  fromProtoEndSessionRequest,
  fromProtoEndSessionsRequest,
  fromProtoGetSessionRequest,
  fromProtoListSessionsRequest,
  toProtoSession,
  toProtoSessionView,
  toProtoToldLink,
  toProtoToldSession,
} from './session-conversion';

type Definition = typeof provisioningV1.SessionServiceService;

@GrpcService('SessionService', provisioningV1.SessionServiceService)
export class SessionController implements GrpcController<Definition> {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Requires('session.create', SMALL_REQUEST)
  async createSession(
    request: provisioningV1.CreateSessionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.CreateSessionResponse> {
    const command = fromProtoCreateSessionRequest(request, callerOf(call));
    return toProtoToldSession(await this.commands.execute(command));
  }

  @Requires('session.link', SMALL_REQUEST)
  async createSignInLink(
    request: provisioningV1.CreateSignInLinkRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.CreateSignInLinkResponse> {
    const command = fromProtoCreateSignInLinkRequest(request, callerOf(call));
    return toProtoToldLink(await this.commands.execute(command));
  }

  @Requires('session.own', SMALL_REQUEST)
  async getSession(
    request: provisioningV1.GetSessionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.GetSessionResponse> {
    return toProtoSessionView(
      await this.queries.execute(fromProtoGetSessionRequest(request, callerOf(call))),
    );
  }

  @Requires('session.own', SMALL_REQUEST)
  async endSession(
    request: provisioningV1.EndSessionRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.EndSessionResponse> {
    const command = fromProtoEndSessionRequest(request, callerOf(call));
    return { position: String(await this.commands.execute(command)) };
  }

  @Requires('session.tend', SMALL_REQUEST)
  async endSessions(
    request: provisioningV1.EndSessionsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.EndSessionsResponse> {
    const command = fromProtoEndSessionsRequest(request, callerOf(call));
    return { position: String(await this.commands.execute(command)) };
  }

  @Requires('session.tend', SMALL_REQUEST)
  async listSessions(
    request: provisioningV1.ListSessionsRequest,
    _metadata: unknown,
    call: object,
  ): Promise<provisioningV1.ListSessionsResponse> {
    const query = fromProtoListSessionsRequest(request, callerOf(call));
    const sessions = await this.queries.execute(query);
    return { sessions: sessions.map(toProtoSession), organizationId: query.target.organizationId };
  }
}
