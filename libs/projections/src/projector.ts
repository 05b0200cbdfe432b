import { setMaxListeners } from 'node:events';
import type { BusConsumer } from '@gatehouse/bus';
import {
  position,
  type EventStore,
  type Position,
  type RecordedEvent,
  type SubscriptionBatch,
} from '@gatehouse/event-store';
import { AppError, Signal } from '@gatehouse/kernel';
import { backoffMs, inTransaction, isTransient, pause, SILENT, type Log } from '@gatehouse/postgres';
import type { Pool } from 'pg';
import { lockReader, moveCheckpoint, readCheckpoint, readerId, type Reader } from './bookkeeping';
import { applyMessages, passOver } from './apply-messages';
import { toJsonMessage } from './cloud-event';
import { applyOrBury, type Item } from './dead-letters';
import { Inbox } from './inbox';
import type { Projection, ProjectionSource, Tx } from './projection';
import { applyEvents, ensureProjection } from './projection-tables';
import { assertFitting, shapeName } from './shape';

/** How often those who wait look at the checkpoint, which another process may have moved. */
const WAIT_LOOK_MS = 50;
/** How often a checkpoint moves when nothing of the projection's happens. */
const IDLE_MOVE_MS = 1_000;

export interface ProjectorOptions {
  readonly projection: Projection;
  readonly pool: Pool;
  /** The service's main schema, where the bookkeeping is. */
  readonly schema: string;
  /** For projections of the log. */
  readonly store?: EventStore;
  /** For projections of the bus. */
  readonly consumer?: BusConsumer;
  /** Raised when events were applied, as far as this process hears of it: of the log whoever applied them, of the bus what came here. */
  readonly changes?: Signal;
  readonly log?: Log;
}

/**
 * Keeps a projection up to date: each event is applied once, in order per stream, in the transaction that moves the
 * checkpoint. Any number of processes may run one for the same projection. What cannot be applied becomes a dead
 * letter; what fails for want of the database, or for a fault of the program, is tried again for ever. Tables that another
 * version of the program made are let alone (see `renewProjection`).
 */
export class Projector {
  private readonly stopping = new AbortController();
  private readonly progress = new Signal();
  private readonly inbox: Inbox | undefined;
  private running: Promise<void> | undefined;
  /** Everything up to here is applied; ahead of the checkpoint in the database while only others' events come. */
  private seen = 0n;
  /** The checkpoint in the database as this object saw it last. */
  private moved = 0n;
  private idleMoveAt = 0;
  private count = 0;
  /** At the checkpoint, by one for all who wait. */
  private look: Promise<bigint> | undefined;

  constructor(private readonly options: ProjectorOptions) {
    // As many listen as wait for positions.
    setMaxListeners(0, this.stopping.signal);
    const { projection, pool, schema, consumer, changes, log } = options;
    const { source } = projection;
    if (source.kind === 'store') return;
    if (consumer === undefined) throw new Error(`projection ${projection.name} needs a bus`);
    this.inbox = new Inbox({
      name: projection.name,
      group: `${readerId(this.reader)}.${shapeName(projection)}`,
      topics: source.topics,
      pool,
      schema,
      consumer,
      ...(log && { log }),
      handle: (tx, messages) => applyMessages(tx, projection, this.reader, messages),
      buried: (tx, message) => passOver(tx, this.reader, message),
      ...(changes && { applied: () => changes.raise() }),
    });
  }

  /** Events applied by this object, those passed over as known among them. */
  get applied(): number {
    return this.count + (this.inbox?.handled ?? 0);
  }

  /** Everything up to here is applied, as far as this object knows; the checkpoint may lag behind. */
  get position(): Position {
    return position(this.seen);
  }

  /** Resolves when the projection's tables exist; from then on follows in the background. */
  async start(): Promise<void> {
    const { projection, pool, log = SILENT } = this.options;
    for (let failures = 1; !this.stopping.signal.aborted; failures++) {
      try {
        await ensureProjection(pool, projection, this.reader);
        break;
      } catch (error) {
        if (!isTransient(error)) throw error;
        log.warn({ err: error, projection: projection.name }, 'the database is away; it is asked again');
        await pause(backoffMs(failures), this.stopping.signal);
      }
    }
    this.inbox?.start();
    if (projection.source.kind === 'store') this.running ??= this.follow(projection.source);
  }

  /** Ends when the batch in hand is done. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.inbox?.stop();
    await this.running;
  }

  /**
   * Resolves when everything up to the position is applied, by whichever process: read your own writes. For projections
   * of the log only. Errors: UNAVAILABLE `PROJECTION_BEHIND` at the timeout.
   */
  async waitFor(wanted: Position, timeoutMs: number): Promise<void> {
    const { projection } = this.options;
    if (projection.source.kind === 'bus') throw new Error(`projection ${projection.name} has no positions`);
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const mark = this.progress.mark();
      if (this.seen >= wanted) return;
      if ((await this.lookAtCheckpoint()) >= wanted) return;
      const left = deadline - Date.now();
      if (left <= 0) throw new AppError('UNAVAILABLE', 'PROJECTION_BEHIND');
      await this.progress.wait(mark, Math.min(WAIT_LOOK_MS, left), this.stopping.signal);
      if (this.stopping.signal.aborted) throw new AppError('UNAVAILABLE', 'PROJECTION_BEHIND');
    }
  }

  private get reader(): Reader {
    return { schema: this.options.schema, name: this.options.projection.name };
  }

  /** Whoever waits for what does not come must not take the connections of those who ask for what is there. */
  private lookAtCheckpoint(): Promise<bigint> {
    this.look ??= readCheckpoint(this.options.pool, this.reader)
      .catch(unknownYet)
      .finally(() => (this.look = undefined));
    return this.look;
  }

  private async follow({ streamPrefixes }: ProjectionSource & { readonly kind: 'store' }): Promise<void> {
    const { projection, pool, store, log = SILENT } = this.options;
    const { signal } = this.stopping;
    for (let failures = 1; !signal.aborted; failures++) {
      try {
        if (store === undefined) throw new Error(`projection ${projection.name} needs the log`);
        const after = position(await readCheckpoint(pool, this.reader));
        this.moved = after;
        this.seen = after;
        for await (const batch of store.subscribe({ after, streamPrefixes, signal })) {
          if (!(await this.step(batch))) break;
          failures = 1;
        }
      } catch (error) {
        const told = { err: error, projection: projection.name, failures };
        if (isTransient(error)) log.warn(told, 'a projection failed and goes on from its checkpoint');
        else log.error(told, 'a fault of the program holds a projection up; it is tried again');
        await pause(backoffMs(failures), signal);
      }
    }
  }

  /** False when the checkpoint is not where it was left: to be read again. */
  private async step(batch: SubscriptionBatch): Promise<boolean> {
    if (batch.events.length > 0 || Date.now() >= this.idleMoveAt) {
      const applied = await inTransaction(this.options.pool, (tx) => this.applyBatch(tx, batch));
      if (applied === undefined) return false;
      this.count += applied.events;
      this.moved = applied.at;
      this.idleMoveAt = Date.now() + IDLE_MOVE_MS;
    }
    this.seen = batch.checkpoint;
    this.progress.raise();
    if (batch.events.length > 0) this.options.changes?.raise();
    return true;
  }

  private async applyBatch(tx: Tx, { events, checkpoint }: SubscriptionBatch): Promise<Applied | undefined> {
    const { projection, log = SILENT } = this.options;
    await lockReader(tx, this.reader);
    await assertFitting(tx, projection, this.reader);
    const at = await readCheckpoint(tx, this.reader, 'FOR UPDATE');
    // Another process may be further; behind, it can only be when the projection was made anew.
    if (at < this.moved) return undefined;
    if (at >= checkpoint) return { events: 0, at };
    const items = events.filter((event) => event.position > at).map(toItem);
    const apply = (fresh: readonly RecordedEvent[]): Promise<void> => applyEvents(tx, projection, fresh);
    const applied = await applyOrBury(tx, this.reader, items, apply, log);
    // Not moved: the row is gone, since the projection is being made anew.
    if (!(await moveCheckpoint(tx, this.reader, at, checkpoint)))
      throw new AppError('CONFLICT', 'CHECKPOINT_MOVED');
    return { events: applied, at: checkpoint };
  }
}

interface Applied {
  readonly events: number;
  readonly at: bigint;
}

const unknownYet = (): bigint => -1n;

const toItem = (event: RecordedEvent): Item<RecordedEvent> => ({
  value: event,
  letter: () => ({
    origin: { kind: 'store', position: event.position },
    message: toJsonMessage(event, '/gatehouse/log'),
  }),
});
