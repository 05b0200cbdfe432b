import { setTimeout as sleep } from 'node:timers/promises';
import { ServiceLog } from '@gatehouse/platform';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { MemberEndings } from './member-endings';

const INTERVAL_MS = 500;

/** The process manager of what members lose: looks for what was not done, as after a crash, and does it. */
@Injectable()
export class MemberEnder implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly endings: MemberEndings,
    private readonly log: ServiceLog,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.lookAgainAndAgain();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async lookAgainAndAgain(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      await this.endings
        .endAll()
        .catch((error: unknown) =>
          this.log.warn({ err: error }, 'what members lost will be looked at again'),
        );
      await sleep(INTERVAL_MS, undefined, { signal }).catch(() => undefined);
    }
  }
}
