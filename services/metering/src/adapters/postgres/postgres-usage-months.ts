import type { PgPool } from '@gatehouse/platform';
import { UsageMonths } from '../../app/usage/usage.ports';

/** Partitions of metering.usage_record, each asked for once by a process. */
export class PostgresUsageMonths extends UsageMonths {
  private readonly known = new Set<string>();

  constructor(private readonly pool: PgPool) {
    super();
  }

  /** In a transaction of its own: what is known here must not be undone with somebody's batch. */
  async ready(times: readonly Date[]): Promise<void> {
    const months = new Set(times.map((time) => time.toISOString().slice(0, 7)));
    for (const month of [...months].filter((name) => !this.known.has(name)).sort()) {
      await this.pool.query('SELECT metering.make_usage_partition($1::date)', [`${month}-01`]);
      this.known.add(month);
    }
  }
}
