import type { WebhookId } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { Periodic } from '../periodic.process';
import { type NotificationParts, sendNotification } from './send-notification';
import type { Delivery, Webhooks } from './webhook.ports';

const LOOK_MS = 500;
/** Under way at once, of one webhook and of all: one that answers slowly does not hold up the others. */
const OF_ONE_MAX = 4;
const OF_ALL_MAX = 64;

/** Sends what is due. What a process that dies has under way is sent again, by whichever looks after that. */
export class WebhookDeliveries {
  private readonly underWay = new Map<WebhookId, number>();
  private readonly sending = new Set<Promise<void>>();
  private readonly stopping = new AbortController();
  private readonly looks = new Periodic(() => this.look(), LOOK_MS);

  constructor(
    private readonly webhooks: Webhooks,
    private readonly parts: NotificationParts,
    private readonly log: Pick<ServiceLog, 'warn'>,
  ) {}

  start(): void {
    this.looks.start();
  }

  /** What is under way is broken off, and sent again by others. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.looks.stop();
    await Promise.all(this.sending);
  }

  private async look(): Promise<void> {
    try {
      for (let handedOut = 1; handedOut > 0 && !this.stopping.signal.aborted;) {
        const full = [...this.underWay].filter(([, count]) => count >= OF_ONE_MAX).map(([id]) => id);
        const room = OF_ALL_MAX - this.sending.size;
        const deliveries = room > 0 ? await this.webhooks.claim(room, full) : [];
        for (const delivery of deliveries) this.begin(delivery);
        handedOut = deliveries.length;
      }
    } catch (error) {
      this.log.warn({ err: error }, 'webhooks wait');
    }
  }

  private begin(delivery: Delivery): void {
    const { id } = delivery.webhook;
    this.underWay.set(id, (this.underWay.get(id) ?? 0) + 1);
    const sent = this.send(delivery).finally(() => {
      this.sending.delete(sent);
      const left = (this.underWay.get(id) ?? 1) - 1;
      if (left > 0) this.underWay.set(id, left);
      else this.underWay.delete(id);
    });
    this.sending.add(sent);
  }

  private async send(delivery: Delivery): Promise<void> {
    const { signal } = this.stopping;
    try {
      const outcome = await sendNotification(this.parts, delivery.webhook, delivery, signal);
      if (signal.aborted) await this.webhooks.giveBack(delivery);
      else await this.webhooks.attempted(delivery, outcome);
    } catch (error) {
      this.log.warn({ err: error }, 'what became of a webhook was not kept');
    }
  }
}
