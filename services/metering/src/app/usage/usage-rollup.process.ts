import type { Clock } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { ripeBefore } from '../../domain/usage/usage-rollup';
import { Periodic } from '../periodic.process';
import type { UsageRollups } from './usage.ports';

const EVERY_MS = 15_000;
/** Rows in one transaction: whoever counts more of the same waits for it. */
const AT_ONCE_MAX = 10_000;

/** Moves what was counted lately to the counters of hours, days and margins, many minutes at once. */
export class UsageRollup {
  private readonly periodic = new Periodic(() => this.look(), EVERY_MS);
  private stopped = false;

  constructor(
    private readonly rollups: UsageRollups,
    private readonly clock: Clock,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {}

  start(): void {
    this.periodic.start();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    await this.periodic.stop();
  }

  private async look(): Promise<void> {
    try {
      while (!this.stopped && (await this.rollups.rollUp(ripeBefore(this.clock.now()), AT_ONCE_MAX)) > 0);
    } catch (error) {
      this.log.warn({ err: error }, 'usage that was counted lately will be rolled up later');
    }
  }
}
