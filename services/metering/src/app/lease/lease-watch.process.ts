import type { ServiceLog } from '@gatehouse/platform';
import type { Ledger } from './lease.ports';

export interface LeaseWatchOptions {
  /** How often silent leases are looked for, in milliseconds. */
  readonly everyMs: number;
}

/** Looks for leases that fell silent, and forgets what is long over, for as long as the service runs. */
export class LeaseWatch {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly log: Pick<ServiceLog, 'warn'>,
    private readonly options: LeaseWatchOptions,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.look().finally(() => {
        this.running = undefined;
      });
    }, this.options.everyMs);
  }

  async stop(): Promise<void> {
    clearInterval(this.timer);
    await this.running;
  }

  private async look(): Promise<void> {
    try {
      await this.ledger.sweep();
      const quarantined = await this.ledger.quarantineSilent();
      if (quarantined > 0)
        this.log.warn({ leases: quarantined }, 'leases fell silent: their caps stay charged');
    } catch (error) {
      this.log.warn({ err: error }, 'silent leases could not be looked for, nor old ones be forgotten');
    }
  }
}
