import { setTimeout as sleep } from 'node:timers/promises';
import type { BusMessage, BusProducer } from '@gatehouse/bus';
import type { ServiceLog } from '@gatehouse/platform';
import { eventsV1, MessageWriter } from '@gatehouse/proto-gen';
import { TOPICS } from '@gatehouse/topology';
import type { UsageRecord } from '../../domain/usage-record';
import { toProtoUsageRecord } from './usage-conversion';

/** A record as it is told. */
export interface UntoldRecord {
  readonly requestId: string;
  readonly attempt: number;
  readonly provisionId: string;
  /** Milliseconds since 1970. */
  readonly settledAtMs: number;
  /** `gatehouse.events.v1.UsageRecorded`. */
  readonly message: Uint8Array;
}

/** What was settled and is on disk, in the order in which it was settled. */
export interface SettledUsage {
  /** The oldest that were not told; none where all were. Errors: Error where the disk cannot be read. */
  untold(max: number): readonly UntoldRecord[];
  /** The oldest of them were told. */
  told(count: number): void;
  /** @param listener is called when there is something to tell. */
  onUntold(listener: () => void): void;
  /** Resolves when all that was settled so far is on disk. */
  synced(): Promise<void>;
}

const BATCH_MAX = 500;
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;

/** Tells usage on the bus, in batches and in order, for ever. It keeps none: what the bus does not have is in the journal. */
export class UsagePublisher {
  private running: Promise<void> | undefined;
  private stopped = false;

  constructor(
    private readonly producer: BusProducer,
    private readonly settled: SettledUsage,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {}

  /** Tells what an earlier process left, and from then on what is settled. */
  start(): void {
    this.settled.onUntold(() => this.wake());
    this.wake();
  }

  /** What is in no journal of this version. Resolves when the bus has it. */
  async publish(records: readonly UsageRecord[]): Promise<void> {
    for (let at = 0; at < records.length && !this.stopped;) {
      const batch = records.slice(at, at + BATCH_MAX).map(encoded);
      at += await this.persevere(() => this.tell(batch));
    }
  }

  /** Resolves when all that was settled so far has been told. */
  async idle(): Promise<void> {
    await this.settled.synced();
    await this.running;
  }

  stop(): void {
    this.stopped = true;
  }

  private wake(): void {
    this.running ??= this.run().finally(() => (this.running = undefined));
  }

  private async run(): Promise<void> {
    while ((await this.persevere(() => this.tellOldest())) > 0);
  }

  private async tellOldest(): Promise<number> {
    const told = await this.tell(this.settled.untold(BATCH_MAX));
    if (told > 0) this.settled.told(told);
    return told;
  }

  private async tell(records: readonly UntoldRecord[]): Promise<number> {
    if (records.length > 0) await this.producer.publish(TOPICS.usage, records.map(toBusMessage));
    return records.length;
  }

  /** Until it succeeds, or to the end of the process. */
  private async persevere(tell: () => Promise<number>): Promise<number> {
    for (let backoff = BACKOFF_MIN_MS; !this.stopped; backoff = Math.min(BACKOFF_MAX_MS, backoff * 2)) {
      try {
        return await tell();
      } catch (error) {
        this.log.warn({ err: error }, 'usage cannot be published yet');
        await sleep(backoff, undefined, { ref: false });
      }
    }
    return 0;
  }
}

/** Times as `toISOString` has them, which takes of each as long as the rest of its message: but for milliseconds those of a batch are the same. */
class IsoTimes {
  private second = Number.NaN;
  /** Up to its point. */
  private written = '';

  of(ms: number): string {
    const second = Math.floor(ms / 1_000);
    if (second !== this.second) {
      this.second = second;
      this.written = new Date(ms).toISOString().slice(0, -'000Z'.length);
    }
    return `${this.written}${String(ms - second * 1_000).padStart(3, '0')}Z`;
  }
}

const TIMES = new IsoTimes();
const WRITER = new MessageWriter();

const encoded = (record: UsageRecord): UntoldRecord => ({
  requestId: record.requestId,
  attempt: record.attempt,
  provisionId: record.provisionId,
  settledAtMs: (record.settledAt ?? record.admittedAt).getTime(),
  message: WRITER.encode(eventsV1.UsageRecorded, { record: toProtoUsageRecord(record) }),
});

/** CloudEvents in binary mode; a record that is told twice has the same id. */
const toBusMessage = ({
  requestId,
  attempt,
  provisionId,
  settledAtMs,
  message,
}: UntoldRecord): BusMessage => ({
  key: provisionId,
  headers: {
    ce_specversion: '1.0',
    ce_id: `${requestId}.${attempt}`,
    ce_type: 'UsageRecorded',
    ce_source: '/gatehouse/gateway',
    ce_subject: provisionId,
    ce_dataschema: 'gatehouse.events.v1.UsageRecorded',
    ce_time: TIMES.of(settledAtMs),
    ce_partitionkey: provisionId,
    'content-type': 'application/protobuf',
  },
  value: message,
});
