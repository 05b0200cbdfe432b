import { Projections, RecurringLook, ServiceLog } from '@gatehouse/platform';
import { Clock, pagesBehind } from '@gatehouse/kernel';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ownMetadata } from '../own-metadata';
import { EndSessionsCommand } from './end-sessions.handler';
import { SessionLifetimes, SessionUses, type UnusedSession, type UsedSession } from './session.ports';

/** The end of a session that nobody used: by whoever notices first, under one request id. */
export const idleEndOf = ({ organizationId, apiKeyId, sessionId }: UsedSession): EndSessionsCommand =>
  new EndSessionsCommand(
    ownMetadata({
      organizationId,
      command: 'EndSession',
      requestId: `idle-${sessionId}`,
      reason: 'not used any more',
    }),
    { apiKeyId, manager: undefined },
    { sessionId, why: 'idle' },
  );

/** The process manager that ends sessions for everybody, which nobody uses: services hear of it as of any other end. */
@Injectable()
export class IdleSessionEnder implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly recurring: RecurringLook;

  constructor(
    private readonly uses: SessionUses,
    private readonly lifetimes: SessionLifetimes,
    private readonly commands: CommandBus,
    private readonly clock: Clock,
    projections: Projections,
    log: ServiceLog,
  ) {
    this.recurring = new RecurringLook({
      work: 'sessions that nobody uses',
      intervalMs: 5_000,
      projections,
      log,
      look: () => this.endAll(),
    });
  }

  onApplicationBootstrap(): void {
    this.recurring.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.recurring.stop();
  }

  private async endAll(): Promise<void> {
    const before = new Date(this.clock.now().getTime() - this.lifetimes.idleMs);
    const unused = (after?: UnusedSession) => this.uses.unusedSince(before, after);
    for await (const some of pagesBehind(unused, this.recurring.stopped))
      await this.recurring.each(
        some,
        (session) => this.commands.execute(idleEndOf(session)),
        ({ sessionId }) => ({ sessionId }),
      );
  }
}
