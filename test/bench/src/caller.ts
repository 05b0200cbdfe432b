import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayClient } from '@gatehouse/e2e';

const PAUSE_MS = 5;
/** What is not in force by then never comes to be. */
const PATIENCE_MS = 10_000;

/** One caller of one gateway, who asks again a moment after he was answered: four without a pause would be the load that they meet. */
export class Caller {
  private readonly client: GatewayClient;

  constructor(
    url: string,
    key: string,
    /** What is called, e.g. `@team/small`. */
    private readonly model: string,
  ) {
    this.client = new GatewayClient(url, key);
  }

  async status(): Promise<number | undefined> {
    const body = {
      model: this.model,
      messages: [{ role: 'user', content: 'Still here?' }],
      max_tokens: 1,
    };
    return (await this.client.chat(body))?.status;
  }

  /** When the first answer with this status came. */
  async comesTo(wanted: number, patienceMs = PATIENCE_MS): Promise<number> {
    const give = performance.now() + patienceMs;
    for (;;) {
      const status = await this.status();
      const now = performance.now();
      if (status === wanted) return now;
      await sleep(PAUSE_MS);
      if (now > give) throw new Error(`still answered with ${status}, not ${wanted}`);
    }
  }

  async close(): Promise<void> {
    await this.client.close();
  }
}
