import type { Clock } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { UsageMonths } from './usage.ports';

const EVERY_MS = 6 * 60 * 60 * 1_000;

/** Makes room for usage of this month and the next, so that no record has to wait for it. */
export class MonthsAhead {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly months: UsageMonths,
    private readonly clock: Clock,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {}

  start(): void {
    const look = (): void => void (this.running = this.running.then(() => this.look()));
    look();
    this.timer = setInterval(look, EVERY_MS);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async look(): Promise<void> {
    const now = this.clock.now();
    const next = new Date(Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1));
    try {
      await this.months.ready([now, next]);
    } catch (error) {
      this.log.warn(
        { err: error },
        'the partitions of the next month could not be made; its first records make them',
      );
    }
  }
}
