import { type BusMessage, BusProducer } from '@gatehouse/bus';
import * as fc from 'fast-check';
import { type SettledUsage, UsagePublisher, type UntoldRecord } from './usage-publisher';

class RememberingBus extends BusProducer {
  readonly published: BusMessage[] = [];

  async publish(_topic: unknown, messages: readonly BusMessage[]): Promise<void> {
    this.published.push(...messages);
  }

  async close(): Promise<void> {}
}

describe('UsagePublisher', () => {
  it('says of each record when it was settled, to the millisecond', async () => {
    const times = fc.array(fc.date({ noInvalidDate: true }), { maxLength: 20 });
    const near = fc.integer({ min: 0, max: 3_000 }).map((ms) => new Date(1_790_000_000_000 + ms));
    await fc.assert(
      fc.asyncProperty(fc.oneof(times, fc.array(near, { maxLength: 20 })), async (settledAt) => {
        const bus = new RememberingBus();
        const untold: UntoldRecord[] = settledAt.map((time, index) => ({
          ...{ requestId: `req_${index}`, attempt: 1, provisionId: 'prv_1', settledAtMs: time.getTime() },
          message: new Uint8Array(),
        }));
        const settled: SettledUsage = {
          untold: (max) => untold.slice(0, max),
          told: (count) => void untold.splice(0, count),
          onUntold: () => undefined,
          synced: async () => undefined,
        };
        const publisher = new UsagePublisher(bus, settled, { warn: () => undefined });
        publisher.start();
        await publisher.idle();
        expect(bus.published.map(({ headers }) => headers['ce_time'])).toEqual(
          settledAt.map((time) => time.toISOString()),
        );
      }),
    );
  });
});
