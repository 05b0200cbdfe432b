import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { createPool } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { TOPIC } from './workload';

const LOOK_MS = 50;
const STANDSTILL_MS = 10_000;

/** A relay in a process of its own, and what it is seen to do: the figures come from the bus, not from the relay. */
export class RelayCompanion {
  private constructor(
    private readonly child: ChildProcess,
    private readonly pool: Pool,
  ) {}

  static start(url: string): RelayCompanion {
    const child = fork(join(__dirname, 'relay-process.js'));
    child.send(url);
    return new RelayCompanion(child, createPool(url, { name: 'bench-companion', max: 1 }));
  }

  /** How many events it has published. */
  async published(): Promise<number> {
    return (await this.look()).published;
  }

  /** Waits until everything that was appended is on the bus; answers how many events that are. */
  async caughtUp(): Promise<number> {
    let last = -1;
    let movedAt = performance.now();
    for (;;) {
      const { appended, published } = await this.look();
      if (published >= appended) return published;
      if (!this.child.connected) throw new Error('the relay has ended');
      if (published > last) movedAt = performance.now();
      if (performance.now() - movedAt > STANDSTILL_MS) throw new Error(`the relay stands at ${published}`);
      last = published;
      await sleep(LOOK_MS);
    }
  }

  async stop(): Promise<void> {
    if (this.child.connected) {
      const exited = once(this.child, 'exit');
      this.child.disconnect();
      await exited;
    }
    await this.pool.end();
  }

  /** Positions and offsets are dense, so the last ones are counts. */
  private async look(): Promise<{ readonly appended: number; readonly published: number }> {
    const { rows } = await this.pool.query<{ appended: number; published: number }>(
      `SELECT (SELECT coalesce(max("position"), 0) FROM event_store.event)::int AS appended,
         (SELECT coalesce(sum(next), 0) FROM bus.partition WHERE topic = $1)::int AS published`,
      [TOPIC.name],
    );
    return rows[0] as { appended: number; published: number };
  }
}
