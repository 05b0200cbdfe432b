import { randomBytes, randomUUID } from 'node:crypto';
import { ErrorLog } from '@gatehouse/grpc';
import { AppError } from '@gatehouse/kernel';
import { Controller, Get, Inject, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ControlPlanes } from '../adapters/grpc/control-plane';
import { IdentityProvider } from '../adapters/oidc/identity-provider';
import { type BrowserRequest, OwnPage } from './own-page';
import {
  flowCookie,
  flowIn,
  NO_FLOW_COOKIE,
  NO_SESSION_COOKIE,
  sessionCookie,
  tokenIn,
} from './session-cookie';
import { isOver, Sessions } from './sessions';
import { SignInAllowances } from './sign-in-allowances';

/** Where the console has an identity provider: `undefined` is one of the values. */
export const IDENTITY_PROVIDER = Symbol('identity provider');

const REASON = 'signed in at the console by the identity provider';
const CALLBACK = '/session/oidc/callback';

/** Signing in by the identity provider. Who it is, and what that may, provisioning says by the ID token. */
@Controller('session/oidc')
export class OidcController {
  constructor(
    @Inject(ControlPlanes) private readonly planes: ControlPlanes,
    @Inject(IDENTITY_PROVIDER) private readonly provider: IdentityProvider | undefined,
    @Inject(OwnPage) private readonly ownPage: OwnPage,
    @Inject(SignInAllowances) private readonly allowances: SignInAllowances,
    @Inject(ErrorLog) private readonly log: ErrorLog,
    @Inject(Sessions) private readonly sessions: Sessions,
  ) {}

  /**
   * Sends the browser on; from the page itself alone. The session before ends now: as somebody comes back, from another site, browsers do not say
   * which it was.
   */
  @Get()
  async begin(@Req() { raw }: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.ownPage.demandSecure(raw);
    this.ownPage.demandOwnOrigin(raw);
    this.ownPage.demandNavigation(raw);
    const flow = randomBytes(32).toString('base64url');
    const to = await this.configured().begin(flow, this.ownPage.originOf(raw) + CALLBACK);
    const cookies = [flowCookie(flow), ...((await this.endBefore(raw)) ? [NO_SESSION_COOKIE] : [])];
    await reply.header('set-cookie', cookies).redirect(to.href, 303);
  }

  /** Whatever is wrong, the page says that it was refused. */
  @Get('callback')
  async finish(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    this.ownPage.demandSecure(request.raw);
    this.ownPage.demandNavigation(request.raw);
    this.configured();
    const token = await this.begunAllowed(request).catch((error: unknown) => this.refused(error));
    const cookies = [NO_FLOW_COOKIE, ...(token === undefined ? [] : [sessionCookie(token)])];
    await reply.header('set-cookie', cookies).redirect(token === undefined ? '/#sign-in=refused' : '/', 303);
  }

  /** What is refused counts against its address, as a wrong key does; not what began nowhere, since any page can lead a browser here. */
  private async begunAllowed({ raw, url }: FastifyRequest): Promise<string> {
    const flow = flowIn(raw.headers);
    if (flow === undefined) throw new AppError('UNAUTHENTICATED', 'SIGN_IN_REFUSED');
    const giveBack = this.allowances.take(this.ownPage.addressOf(raw));
    try {
      const token = await this.begun(flow, new URL(url, this.ownPage.originOf(raw)));
      await this.endBefore(raw);
      giveBack();
      return token;
    } catch (error) {
      if (!isOver(error)) giveBack();
      throw error;
    }
  }

  private async begun(flow: string, back: URL): Promise<string> {
    const { idToken, nonceSecret } = await this.configured().finish(flow, back);
    const request = { requestId: randomUUID(), reason: REASON, nonceSecret };
    return (await this.planes.as(idToken).sessions.createSession(request)).token;
  }

  /** The session that was in the cookie; false where there was none. */
  private async endBefore({ headers }: BrowserRequest): Promise<boolean> {
    const token = tokenIn(headers);
    if (token !== undefined) await this.sessions.end(token);
    return token !== undefined;
  }

  /** The page is told no more; what nobody could judge is for the operator to know. */
  private refused(error: unknown): undefined {
    if (!(error instanceof AppError)) throw error;
    if (error.code === 'UNAVAILABLE') this.log.error({ err: error }, 'nobody could be signed in');
  }

  private configured(): IdentityProvider {
    if (!this.provider) throw new AppError('NOT_FOUND', 'OIDC_NOT_CONFIGURED');
    return this.provider;
  }
}
