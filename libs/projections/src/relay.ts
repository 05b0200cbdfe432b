import type { BusProducer, Topic } from '@gatehouse/bus';
import { position, type EventStore, type SubscriptionBatch } from '@gatehouse/event-store';
import { AppError } from '@gatehouse/kernel';
import {
  advisoryKey,
  backoffMs,
  openSession,
  pause,
  SILENT,
  type Log,
  type Session,
} from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { ensureCheckpoint, moveCheckpoint, readerId, type Reader } from './bookkeeping';
import { sourceOf, toBusMessage } from './cloud-event';

const CANDIDATE_MS = 500;
const IDLE_MOVE_MS = 1_000;

export interface RelayOptions {
  readonly store: EventStore;
  readonly producer: BusProducer;
  readonly topic: Topic;
  /** What is published of the log. */
  readonly streamPrefixes: readonly string[];
  readonly pool: Pool;
  /** The service's main schema, where the bookkeeping is; also names the source, `/gatehouse/<schema>`. */
  readonly schema: string;
  /** Unique in the service. */
  readonly name: string;
  readonly log?: Log;
}

/**
 * Publishes the log to the bus: at least once, and per stream never an event before the one it follows. Of all
 * processes that run it one leads; it publishes a batch and only then moves the checkpoint, on the very connection that
 * holds its leadership: who has lost that cannot move it, and whoever leads next publishes the batch again.
 */
export class Relay {
  private readonly stopping = new AbortController();
  private running: Promise<void> | undefined;

  constructor(private readonly options: RelayOptions) {}

  /** Returns at once. The store, the bus and the database may come and go. */
  start(): void {
    this.running ??= this.run();
  }

  /** Ends when the batch in hand is done. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private get reader(): Reader {
    return { schema: this.options.schema, name: `relay:${this.options.name}` };
  }

  private async run(): Promise<void> {
    const { pool, name, log = SILENT } = this.options;
    const { signal } = this.stopping;
    let failures = 0;
    while (!signal.aborted) {
      let session: Session | undefined;
      try {
        session = await openSession(pool);
        await this.lead(session, () => (failures = 0));
      } catch (error) {
        log.warn(
          { err: error, relay: name, failures: ++failures },
          'the relay failed and goes on from its checkpoint',
        );
      } finally {
        await session?.close();
      }
      await pause(backoffMs(Math.max(1, failures)), signal);
    }
  }

  private async lead({ client, lost }: Session, went: () => void): Promise<void> {
    const { store, streamPrefixes, name, log = SILENT } = this.options;
    const signal = AbortSignal.any([this.stopping.signal, lost]);
    const lock = advisoryKey(`relay ${readerId(this.reader)}`);
    for (;;) {
      if (signal.aborted) return;
      const { rows } = await client.query<{ mine: boolean }>('SELECT pg_try_advisory_lock($1) AS mine', [
        lock,
      ]);
      if (rows[0]?.mine) break;
      await pause(CANDIDATE_MS, signal);
    }
    let at = await ensureCheckpoint(client, this.reader);
    log.info({ relay: name, position: at }, 'the relay leads');
    let idleMoveAt = 0;
    for await (const batch of store.subscribe({ after: position(at), streamPrefixes, signal })) {
      await this.publish(batch);
      // Where nothing was published a crash repeats nothing, so the checkpoint may lag.
      if (batch.events.length === 0 && Date.now() < idleMoveAt) continue;
      const moved = await moveCheckpoint(client, this.reader, at, batch.checkpoint);
      if (!moved) throw new AppError('CONFLICT', 'CHECKPOINT_MOVED');
      at = batch.checkpoint;
      idleMoveAt = Date.now() + IDLE_MOVE_MS;
      went();
    }
  }

  private async publish({ events }: SubscriptionBatch): Promise<void> {
    const { producer, topic, schema } = this.options;
    if (events.length === 0) return;
    const source = sourceOf(schema);
    await producer.publish(
      topic,
      events.map((event) => toBusMessage(event, source)),
    );
  }
}
