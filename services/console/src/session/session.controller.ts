import { AppError, Clock } from '@gatehouse/kernel';
import { Body, Controller, Delete, Get, HttpCode, Inject, Post, Query, Req, Res } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { ControlPlanes } from '../adapters/grpc/control-plane';
import { IdentityProvider } from '../adapters/oidc/identity-provider';
import { parsed } from '../rest/requests-in';
import { IDENTITY_PROVIDER } from './oidc.controller';
import { OwnPage } from './own-page';
import { NO_SESSION_COOKIE, sessionCookie, tokenIn } from './session-cookie';
import { type SessionAnswer, toSessionAnswer } from './session-conversion';
import { isOver, Sessions } from './sessions';
import { RETRY_AFTER_SECONDS, SignInAllowances } from './sign-in-allowances';

/** A key, or the token of a sign-in link. */
const SIGN_IN = z.union([z.object({ key: z.string() }), z.object({ link: z.string() })]);

/** Longer than the services look for a key that may have been issued an instant ago: what is wrong cannot be told by the time it takes. */
const REFUSED_AFTER_MS = 1_500;
const REASON = 'signed in at the console';

/** The page's own: signing in and out. What the cookie holds is the session's token alone, and a key is not kept. */
@Controller('session')
export class SessionController {
  constructor(
    @Inject(ControlPlanes) private readonly planes: ControlPlanes,
    @Inject(Sessions) private readonly sessions: Sessions,
    @Inject(OwnPage) private readonly ownPage: OwnPage,
    @Inject(SignInAllowances) private readonly allowances: SignInAllowances,
    @Inject(IDENTITY_PROVIDER) private readonly provider: IdentityProvider | undefined,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  /** Ways to sign in here, for whoever asks. */
  @Get('ways')
  ways(@Req() { raw }: FastifyRequest): object {
    return { secure: this.ownPage.isSecure(raw), oidc: this.provider ? { name: this.provider.name } : null };
  }

  /** Who is signed in. */
  @Get()
  async look(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<SessionAnswer> {
    const token = this.tokenOf(request);
    try {
      return toSessionAnswer(token, await this.sessions.look(token));
    } catch (error) {
      if (isOver(error)) void reply.header('set-cookie', NO_SESSION_COOKIE);
      throw error;
    }
  }

  /** Another token each time, and the session before it ends: nobody goes on in one that somebody else has put there. */
  @Post()
  @HttpCode(200)
  async signIn(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Body() body: unknown,
  ): Promise<SessionAnswer> {
    this.ownPage.demandSecure(request.raw);
    this.ownPage.demandOwnOrigin(request.raw);
    const said = parsed(SIGN_IN, 'body', body);
    const token = await this.begunAllowed('key' in said ? said.key.trim() : said.link, request, reply);
    const before = tokenIn(request.headers);
    if (before !== undefined) await this.sessions.end(before);
    const answer = toSessionAnswer(token, await this.sessions.look(token, true));
    void reply.header('set-cookie', sessionCookie(token));
    return answer;
  }

  /** With `all=true` every session of the same key. The browser is out of it even where nobody can say that it has ended. */
  @Delete()
  @HttpCode(200)
  async signOut(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
    @Query('all') all?: string,
  ): Promise<object> {
    const token = this.tokenOf(request);
    this.ownPage.demandOwnPage(request.raw, token);
    void reply.header('set-cookie', NO_SESSION_COOKIE);
    await this.sessions.end(token, all === 'true');
    return {};
  }

  private tokenOf({ raw }: FastifyRequest): string {
    const token = tokenIn(raw.headers);
    if (token === undefined) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_MISSING');
    this.ownPage.demandSecure(raw);
    this.ownPage.demandOwnOrigin(raw);
    return token;
  }

  /** What is refused counts against its address; a right key, and what nobody could judge, does not. */
  private async begunAllowed(secret: string, { raw }: FastifyRequest, reply: FastifyReply): Promise<string> {
    let giveBack: (() => void) | undefined;
    try {
      giveBack = this.allowances.take(this.ownPage.addressOf(raw));
      const token = await this.begun(secret);
      giveBack();
      return token;
    } catch (error) {
      if (!giveBack) void reply.header('retry-after', RETRY_AFTER_SECONDS);
      else if (!isOver(error)) giveBack();
      throw error;
    }
  }

  /** Whatever is wrong with a key or a link is the same refusal, equally late. UNAUTHENTICATED `SIGN_IN_REFUSED`. */
  private async begun(secret: string): Promise<string> {
    const start = this.clock.monotonicMs();
    try {
      // What cannot be sent on cannot be a key either.
      if (!/^[!-~]{1,512}$/.test(secret)) throw new AppError('UNAUTHENTICATED', 'CREDENTIALS_UNKNOWN');
      const request = { requestId: randomUUID(), reason: REASON };
      return (await this.planes.as(secret).sessions.createSession(request)).token;
    } catch (error) {
      if (error instanceof AppError && error.code === 'UNAVAILABLE') throw error;
      await sleep(Math.max(0, start + REFUSED_AFTER_MS - this.clock.monotonicMs()));
      if (!(error instanceof AppError)) throw error;
      throw new AppError('UNAUTHENTICATED', 'SIGN_IN_REFUSED');
    }
  }
}
