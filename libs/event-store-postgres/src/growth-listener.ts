import { Signal } from '@gatehouse/kernel';
import { backoffMs, openSession, pause, type Session } from '@gatehouse/postgres';
import type { Pool } from 'pg';

/** The channel that event_store.append notifies. */
export const CHANNEL = 'gatehouse_event_store';

/**
 * Listens for appends on a connection of its own and raises the signal. It only saves time: whoever follows the log
 * also polls, so a lost connection delays and never loses. It reconnects until closed.
 */
export class GrowthListener {
  private readonly closing = new AbortController();
  private session: Session | undefined;
  private started = false;

  constructor(
    private readonly pool: Pool,
    private readonly channel: string,
    private readonly grown: Signal,
  ) {}

  start(): void {
    if (this.started) return;
    this.started = true;
    void this.run();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.session?.close();
  }

  private async run(): Promise<void> {
    const closing = this.closing.signal;
    for (let failures = 1; !closing.aborted; failures++) {
      const heard = await this.listen();
      if (heard) failures = 1;
      await pause(backoffMs(failures), closing);
    }
  }

  /** Until the connection ends; false when it did not come about. */
  private async listen(): Promise<boolean> {
    const session = await openSession(this.pool).catch(() => undefined);
    if (session === undefined) return false;
    this.session = session;
    try {
      session.client.on('notification', () => this.grown.raise());
      await session.client.query(`LISTEN ${session.client.escapeIdentifier(this.channel)}`);
      // What was appended while nobody listened.
      this.grown.raise();
      await aborted(AbortSignal.any([session.lost, this.closing.signal]));
      return true;
    } catch {
      return false;
    } finally {
      await session.close();
    }
  }
}

const aborted = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
