import type { PgPool } from '@gatehouse/platform';
import { UsageMonths } from '../../app/usage/usage.ports';

/** Partitions of metering.usage_record, each asked for once by a process, and again after something failed: somebody may have taken one out. */
export class PostgresUsageMonths extends UsageMonths {
  private readonly known = new Set<number>();

  constructor(private readonly pool: PgPool) {
    super();
  }

  /** In a transaction of its own: what is known here must not be undone with somebody's batch. */
  async ready(times: readonly Date[]): Promise<void> {
    const months = new Set(times.map((time) => time.getUTCFullYear() * 12 + time.getUTCMonth()));
    for (const month of [...months].filter((one) => !this.known.has(one)).sort((a, b) => a - b)) {
      const first = new Date(Date.UTC(Math.floor(month / 12), month % 12)).toISOString().slice(0, 10);
      await this.pool.query('SELECT metering.make_usage_partition($1::date)', [first]);
      this.known.add(month);
    }
  }

  doubted(): void {
    this.known.clear();
  }
}
