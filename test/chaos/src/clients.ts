import { errorOf, type ChatAnswer, GatewayClient } from '@gatehouse/e2e';
import type { SeededRandom } from '@gatehouse/kernel/testing';
import { type ChaosTeam, modelOf } from './team';
import type { Time } from './time';

/** A client gives up what is silent for so long, as programs do. */
const PATIENCE_MS = 15_000;
const REFUSED_PAUSE_MS = [50, 300] as const;
const UNREACHED_PAUSE_MS = 250;

export interface Called {
  readonly number: number;
  readonly url: string;
}

/** What clients were told. */
export class Told {
  requests = 0;
  /** Nothing came, or not to the end, though the client stayed. */
  broken = 0;
  /** The client left. */
  left = 0;
  /** How often each refusal was heard, by its code. */
  readonly refused = new Map<string, number>();
  /** Requests with a whole answer. */
  readonly answered = new Set<string>();
}

/** Clients of every gateway, who go on whatever breaks. */
export class Clients {
  readonly told = new Told();
  private running = true;
  private readonly open = new Map<string, GatewayClient>();
  private readonly working: Promise<void>[];

  /** @param teams whose budgets are to be spent now, the roomy one first. */
  constructor(
    private readonly called: readonly Called[],
    private readonly teams: () => readonly ChaosTeam[],
    private readonly random: SeededRandom,
    private readonly time: Time,
    count: number,
  ) {
    this.working = Array.from({ length: count }, (_, index) => this.work(index));
  }

  /** Ends when everything under way has its answer. */
  async stop(): Promise<void> {
    this.running = false;
    await Promise.all(this.working);
    for (const client of this.open.values()) await client.close();
  }

  /** Those of a team that is not called any more. */
  async forget(team: ChaosTeam): Promise<void> {
    for (const gateway of this.called) {
      const name = nameOf(team, gateway);
      await this.open.get(name)?.close();
      this.open.delete(name);
    }
  }

  private async work(index: number): Promise<void> {
    const gateway = this.called[index % this.called.length];
    if (!gateway) throw new Error('there is no gateway');
    while (this.running) {
      const teams = this.teams();
      const team = teams[this.random.int(0, teams.length - 1)];
      if (team) await this.call(team, gateway);
      else await this.time.sleep(UNREACHED_PAUSE_MS);
    }
  }

  private async call(team: ChaosTeam, gateway: Called): Promise<void> {
    const dice = this.random.int(0, 99);
    const stream = dice % 2 === 0;
    const leaves = dice < 12 ? { leaveAfterBytes: this.random.int(0, 6_000) } : {};
    const patience = dice >= 90 ? this.random.int(5, 400) : PATIENCE_MS;
    this.told.requests++;
    const answer = await this.clientOf(team, gateway).chat(
      {
        model: `@${team.slug}/${modelOf(team.name, gateway.number)}`,
        messages: [{ role: 'user', content: 'How does it end? '.repeat(this.random.int(1, 40)) }],
        max_tokens: this.random.int(10, 200),
        ...(stream && { stream, stream_options: { include_usage: dice % 4 === 0 } }),
      },
      {
        ...leaves,
        signal: AbortSignal.timeout(patience),
        headers: { 'x-gatehouse-wait-ms': String(this.random.int(0, 3) * 500) },
      },
    );
    await this.hear(answer, dice < 12 || dice >= 90);
  }

  private async hear(answer: ChatAnswer | undefined, mayLeave: boolean): Promise<void> {
    const { told } = this;
    if (answer?.status === 200 && answer.whole) {
      told.answered.add(answer.requestId);
    } else if (answer && answer.status !== 200) {
      const code = codeOf(answer);
      told.refused.set(code, (told.refused.get(code) ?? 0) + 1);
      await this.time.sleep(this.random.int(...REFUSED_PAUSE_MS));
    } else if (mayLeave) {
      told.left++;
    } else {
      told.broken++;
      await this.time.sleep(UNREACHED_PAUSE_MS);
    }
  }

  private clientOf(team: ChaosTeam, gateway: Called): GatewayClient {
    const name = nameOf(team, gateway);
    const known = this.open.get(name);
    if (known) return known;
    const client = new GatewayClient(gateway.url, team.key);
    this.open.set(name, client);
    return client;
  }
}

const nameOf = (team: ChaosTeam, { number }: Called): string => `${team.name} ${number}`;

const codeOf = (answer: ChatAnswer): string => {
  try {
    return errorOf(answer).code;
  } catch {
    // The answer broke off.
    return String(answer.status);
  }
};
