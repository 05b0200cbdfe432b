import { Clock } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import type { OnModuleDestroy, OnModuleInit } from '@nestjs/common';
import { Periodic } from '../../app/periodic.process';

const ASK_EVERY_MS = 10_000;
/** Beyond this it is worth a line in the log. */
const DISAGREE_MS = 2_000;

/** What Postgres takes for the time. */
export type DatabaseTime = () => Promise<Date>;

/**
 * The ledger's time: the machine's or Postgres's, whichever is earlier, so that a period opens only once both are in it. Postgres
 * is asked now and then; what has passed since is told by the clock that only ever rises, which no jump moves. Until Postgres has
 * answered once it is the machine's.
 */
export class LedgerClock extends Clock implements OnModuleInit, OnModuleDestroy {
  private told: { readonly time: number; readonly monotonicMs: number } | undefined;
  private readonly asking = new Periodic(() => this.ask(), ASK_EVERY_MS);

  constructor(
    private readonly database: DatabaseTime,
    private readonly machine: Clock,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {
    super();
  }

  async onModuleInit(): Promise<void> {
    await this.ask();
    this.asking.start();
  }

  async onModuleDestroy(): Promise<void> {
    await this.asking.stop();
  }

  now(): Date {
    const machine = this.machine.now();
    if (!this.told) return machine;
    const database = this.told.time + this.machine.monotonicMs() - this.told.monotonicMs;
    return database < machine.getTime() ? new Date(database) : machine;
  }

  monotonicMs(): number {
    return this.machine.monotonicMs();
  }

  private async ask(): Promise<void> {
    try {
      const time = (await this.database()).getTime();
      this.told = { time, monotonicMs: this.machine.monotonicMs() };
      const aheadMs = this.machine.now().getTime() - time;
      if (Math.abs(aheadMs) > DISAGREE_MS)
        this.log.warn({ aheadMs }, 'the clock of this machine and that of Postgres disagree');
    } catch (error) {
      this.log.warn({ err: error }, 'Postgres does not tell the time');
    }
  }
}
