import { setTimeout as sleep } from 'node:timers/promises';
import type { BusConsumer, BusProducer, Topic } from '@gatehouse/bus';
import type { EventStore } from '@gatehouse/event-store';
import { isTransient } from '@gatehouse/postgres';
import { AppError, Signal } from '@gatehouse/kernel';
import {
  countDeadLetters,
  ensureProjectionBookkeeping,
  type Inbox,
  type Projection,
  Projector,
  rebuildProjection,
  renewProjection,
  Relay,
  replayDeadLetters,
  type ReplayResult,
} from '@gatehouse/projections';
import { factsOf, type ServiceName, TOPICS } from '@gatehouse/topology';
import type { Pool } from 'pg';
import type { ServiceLog } from './service-log';

interface RelaySpec {
  readonly topic: Topic;
  /** Which streams the service owns and tells of. */
  readonly streamPrefixes: readonly string[];
}

/** What a service's relay tells of, and where; undefined for a service without streams of its own. */
export const relaySpecOf = (name: ServiceName): RelaySpec | undefined => {
  const { streams, publishes } = factsOf(name);
  const [topic] = publishes;
  return streams.length > 0 && topic !== undefined
    ? { topic: TOPICS[topic], streamPrefixes: streams }
    : undefined;
};

export interface RuntimeParts {
  /** The service's main schema. */
  readonly schema: string;
  readonly pool: Pool;
  readonly store: EventStore;
  readonly producer: BusProducer;
  readonly consumer: BusConsumer;
  readonly log: ServiceLog;
}

/** A projection or an inbox, and how many dead letters it has. */
interface Lettered {
  readonly name: string;
  readonly deadLetters: bigint;
}

const RETRY_MS = 500;

/** What runs beside the RPCs: projections and the relay. Starts once Postgres answers, and stops in order. */
export class ServiceRuntime {
  readonly projectors: ReadonlyMap<string, Projector>;
  /** Raised when one of the projections has changed, as far as this process hears of it. */
  readonly changes = new Signal();
  private readonly relay: Relay | undefined;
  private readonly stopping = new AbortController();
  private readonly inboxes = new Map<string, Inbox>();

  constructor(
    private readonly parts: RuntimeParts,
    private readonly projections: readonly Projection[],
    relay: RelaySpec | undefined,
    /** Tables of the service's schema that are no projection's. */
    private readonly tables: readonly (() => Promise<void>)[],
  ) {
    const { schema, pool, store, producer, consumer, log } = parts;
    this.projectors = new Map(
      projections.map((projection) => [
        projection.name,
        new Projector({ projection, pool, schema, store, consumer, log, changes: this.changes }),
      ]),
    );
    this.relay =
      relay && new Relay({ ...relay, store, producer, pool, schema, name: `${schema}-relay`, log });
  }

  async start(): Promise<void> {
    await this.untilPostgresAnswers(() => ensureProjectionBookkeeping(this.parts.pool, this.parts.schema));
    for (const ensure of this.tables) await this.untilPostgresAnswers(ensure);
    const { signal } = this.stopping;
    for (const projection of this.projections) {
      await this.untilPostgresAnswers(() => renewProjection({ ...this.parts, projection, signal }));
      await this.untilPostgresAnswers(async () => this.projectors.get(projection.name)?.start());
    }
    this.relay?.start();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await Promise.all([
      this.relay?.stop(),
      ...[...this.projectors.values()].map((projector) => projector.stop()),
    ]);
    const { store, producer, consumer, pool } = this.parts;
    await Promise.all([store.close(), producer.close(), consumer.close()]);
    await pool.end();
  }

  /** Has the operator see the dead letters of an inbox too, and replay them; who runs it is another's to say. */
  add(inbox: Inbox): void {
    this.inboxes.set(inbox.name, inbox);
  }

  /** The projections and the inboxes by name, each with how many dead letters it has. */
  async list(): Promise<{
    readonly projections: readonly Lettered[];
    readonly inboxes: readonly Lettered[];
  }> {
    const letters = await countDeadLetters(this.parts.pool, this.parts.schema);
    const lettered = ({ name }: { readonly name: string }) => ({
      name,
      deadLetters: letters.get(name) ?? 0n,
    });
    return {
      projections: this.projections.map(lettered),
      inboxes: [...this.inboxes.values()].map(lettered),
    };
  }

  /** Builds a projection anew beside the live one, and swaps. NOT_FOUND `PROJECTION_UNKNOWN`; CONFLICT `REBUILD_RUNNING`. */
  rebuild(name: string): Promise<{ readonly events: number }> {
    return rebuildProjection({ ...this.parts, projection: this.projectionOf(name) });
  }

  /** Tries the dead letters of a projection or an inbox again. NOT_FOUND `PROJECTION_UNKNOWN`. */
  replay(name: string): Promise<ReplayResult> {
    const inbox = this.inboxes.get(name);
    if (inbox) return inbox.replayDeadLetters();
    return replayDeadLetters({ ...this.parts, projection: this.projectionOf(name) });
  }

  private projectionOf(name: string): Projection {
    const projection = this.projections.find((candidate) => candidate.name === name);
    if (!projection) throw new AppError('NOT_FOUND', 'PROJECTION_UNKNOWN');
    return projection;
  }

  private async untilPostgresAnswers(work: () => Promise<void>): Promise<void> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (!isTransient(error)) throw error;
        this.parts.log.warn({ err: error }, 'Postgres does not answer yet');
        await sleep(RETRY_MS);
      }
    }
  }
}
