import { Projections, RecurringLook, ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { MemberEndings } from './member-endings';

/** The process manager of what members lose: looks for what was not done, as after a crash, and does it. */
@Injectable()
export class MemberEnder implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly recurring: RecurringLook;

  constructor(
    private readonly endings: MemberEndings,
    projections: Projections,
    log: ServiceLog,
  ) {
    this.recurring = new RecurringLook({
      work: 'what members lost',
      intervalMs: 500,
      projections,
      log,
      look: () => this.look(),
    });
  }

  onApplicationBootstrap(): void {
    this.recurring.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.recurring.stop();
  }

  private async look(): Promise<void> {
    for await (const lost of this.endings.lostKeys())
      await this.recurring.each(
        lost,
        (key) => this.endings.revoke(key),
        ({ apiKeyId }) => ({ apiKeyId }),
      );
    await this.endings.eraseEnded();
  }
}
