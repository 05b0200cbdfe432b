import { setTimeout as sleep } from 'node:timers/promises';
import type { BusMessage, BusProducer } from '@gatehouse/bus';
import type { ServiceLog } from '@gatehouse/platform';
import { eventsV1, MessageWriter } from '@gatehouse/proto-gen';
import { TOPICS } from '@gatehouse/topology';
import { UsageOutbox } from '../../app/gateway.ports';
import type { UsageRecord } from '../../domain/usage-record';
import { toProtoUsageRecord } from './usage-conversion';

interface Waiting {
  readonly record: UsageRecord;
  readonly resolve: () => void;
}

const BATCH_MAX = 500;
const BACKOFF_MIN_MS = 100;
const BACKOFF_MAX_MS = 5_000;

/** Tells usage on the bus, in batches and in order, for ever. What the bus does not have is in the journal. */
export class UsagePublisher extends UsageOutbox {
  private readonly queue: Waiting[] = [];
  private running = false;
  private stopped = false;

  constructor(
    private readonly producer: BusProducer,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {
    super();
  }

  publish(record: UsageRecord): Promise<void> {
    return new Promise((resolve) => {
      this.queue.push({ record, resolve });
      if (!this.running) void this.run();
    });
  }

  stop(): void {
    this.stopped = true;
  }

  private async run(): Promise<void> {
    this.running = true;
    for (let backoff = BACKOFF_MIN_MS; this.queue.length > 0 && !this.stopped;) {
      const batch = this.queue.slice(0, BATCH_MAX);
      try {
        await this.producer.publish(
          TOPICS.usage,
          batch.map(({ record }) => toBusMessage(record)),
        );
        this.queue.splice(0, batch.length);
        for (const { resolve } of batch) resolve();
        backoff = BACKOFF_MIN_MS;
      } catch (error) {
        this.log.warn({ err: error, waiting: this.queue.length }, 'usage cannot be published yet');
        await sleep(backoff, undefined, { ref: false });
        backoff = Math.min(BACKOFF_MAX_MS, backoff * 2);
      }
    }
    this.running = false;
  }
}

const WRITER = new MessageWriter();

/** CloudEvents in binary mode; a record that is told twice has the same id. */
const toBusMessage = (record: UsageRecord): BusMessage => ({
  key: record.provisionId,
  headers: {
    ce_specversion: '1.0',
    ce_id: `${record.requestId}.${record.attempt}`,
    ce_type: 'UsageRecorded',
    ce_source: '/gatehouse/gateway',
    ce_subject: record.provisionId,
    ce_dataschema: 'gatehouse.events.v1.UsageRecorded',
    ce_time: (record.settledAt ?? record.admittedAt).toISOString(),
    ce_partitionkey: record.provisionId,
    'content-type': 'application/protobuf',
  },
  value: WRITER.encode(eventsV1.UsageRecorded, { record: toProtoUsageRecord(record) }),
});
