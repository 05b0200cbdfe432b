import type { ServiceLog } from '@gatehouse/platform';
import type { Ledger } from '../lease/lease.ports';

export interface BudgetWatchOptions {
  /** How often budgets are looked at, in milliseconds. */
  readonly everyMs: number;
}

/** Looks at what becomes of budgets while nobody asks for them, for as long as the service runs. */
export class BudgetWatch {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  constructor(
    private readonly ledger: Ledger,
    private readonly log: Pick<ServiceLog, 'warn'>,
    private readonly options: BudgetWatchOptions,
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
      await this.ledger.reviewBudgets();
      await this.ledger.closePeriods();
    } catch (error) {
      this.log.warn({ err: error }, 'budgets that have changed or ended could not be looked at');
    }
  }
}
