import { Projections, RecurringLook, ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { MemberEndings } from './member-endings';

/** The process manager of what members lose: looks for what was not done, as after a crash, and does it. */
@Injectable()
export class MemberEnder implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly recurring: RecurringLook;

  constructor(endings: MemberEndings, projections: Projections, log: ServiceLog) {
    this.recurring = new RecurringLook({
      work: 'what members lost',
      intervalMs: 500,
      projections,
      log,
      look: () => endings.endAll(),
    });
  }

  onApplicationBootstrap(): void {
    this.recurring.start();
  }

  onModuleDestroy(): Promise<void> {
    return this.recurring.stop();
  }
}
