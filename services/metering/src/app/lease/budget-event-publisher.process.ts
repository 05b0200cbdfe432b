import { EventStore, type EventCodec } from '@gatehouse/event-store';
import type { Clock, Ids } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { type Asked, type MeteringEvent, type PendingEvent, streamOf } from '../../domain/lease/lease.events';
import { notifiedAs } from '../../domain/webhook/notified-events';
import type { NotifiedEvent, PendingEvents } from './lease.ports';

export interface PublisherOptions {
  /** How often it looks without being told to, in milliseconds: nothing is lost when a process dies before telling. */
  readonly everyMs: number;
}

/**
 * Appends what the ledger decided to the log, off the hot path. The ids derive from the facts, so that an event that is
 * told again, by this process or another, is in the log once.
 */
export class BudgetEventPublisher {
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;
  private again = false;
  private stopped = false;

  constructor(
    private readonly pending: PendingEvents,
    private readonly store: EventStore,
    private readonly codec: Pick<EventCodec<MeteringEvent>, 'encode'>,
    private readonly ids: Pick<Ids, 'eventId'>,
    private readonly clock: Clock,
    private readonly log: Pick<ServiceLog, 'warn'>,
    private readonly options: PublisherOptions,
  ) {}

  start(): void {
    this.timer = setInterval(() => this.wake(), this.options.everyMs);
    this.wake();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    clearInterval(this.timer);
    await this.running;
  }

  /** There may be something to tell; returns at once. */
  wake(): void {
    this.again = true;
    if (this.stopped) return;
    this.running ??= this.run().finally(() => {
      this.running = undefined;
    });
  }

  private async run(): Promise<void> {
    try {
      while (this.again && !this.stopped) {
        this.again = false;
        while (!this.stopped && (await this.pending.tell((event) => this.append(event))) > 0);
      }
    } catch (error) {
      this.log.warn({ err: error }, 'events of budgets wait to be recorded');
    }
  }

  private async append({
    id: fact,
    organizationId,
    event,
    asked,
  }: PendingEvent): Promise<NotifiedEvent | undefined> {
    const id = this.ids.eventId(fact);
    const {
      actor,
      reason,
      requestId,
      command,
      causationId = '',
    }: Asked = asked ?? {
      actor: { kind: 'service', id: 'metering', address: '' } as const,
      ...{ reason: '', requestId: fact, command: 'KeepLedger' },
    };
    const metadata = {
      ...{ organizationId, actor, reason, requestId, command },
      correlationId: requestId,
      causationId,
    };
    const [stream, encoded] = [streamOf(event), this.codec.encode(event)];
    await this.store.append(stream, [{ id, metadata, ...encoded }], 'any');
    const type = notifiedAs(event);
    if (!type) return undefined;
    const data = { eventId: id, organizationId, stream, ...encoded.data };
    const body = JSON.stringify({ type, timestamp: this.clock.now().toISOString(), data });
    return { organizationId, type, notification: { eventId: id, body } };
  }
}
