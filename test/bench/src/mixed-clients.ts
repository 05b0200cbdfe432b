import { type ChatAnswer, errorOf, GatewayClient, type Team } from '@gatehouse/e2e';
import type { SeededRandom } from '@gatehouse/kernel/testing';
import { typeV1 } from '@gatehouse/proto-gen';
import type { Refused } from './judged-refusals';
import {
  contentFor,
  costRoundedUp,
  promptBoundOf,
  promptTokensOf,
  type WatchedProvider,
} from './watched-provider';

const priced = (name: string, input: bigint, output: bigint): typeV1.Model =>
  typeV1.Model.fromPartial({
    name,
    inputNanoUsdPerMillion: input,
    outputNanoUsdPerMillion: output,
    maxOutputTokens: 16_384n,
    contextWindow: 131_072n,
  });

/** Of prices that are far apart. */
export const MIXED_MODELS: readonly typeV1.Model[] = [
  priced('cheap', 500_000_000n, 2_000_000_000n),
  priced('usual', 3_000_000_000n, 15_000_000_000n),
  priced('dear', 5_000_000_000n, 25_000_000_000n),
];

/** Tokens that a gateway gives at the least where a request says nothing (`GATEHOUSE_OUTPUT_FLOOR`). */
const LEAST_OUTPUT = 256;
/** A client who was refused so often in a row gives up. */
const REFUSALS_IN_A_ROW = 5;

export interface Mix {
  /** Whether requests say how much may be written. */
  readonly outputLimits: boolean;
  /** The largest of these limits, and of answers. */
  readonly outputMost: number;
  /** How long calls last, at most, in milliseconds. */
  readonly msMost: number;
  /** How long they wait for room, in milliseconds; what gateways do by themselves where it is absent. */
  readonly waitMs?: number;
}

/** What clients were told, whatever it was. */
export interface Heard {
  answered: number;
  readonly refused: Refused[];
  /** What the provider had billed when the first was refused. */
  billedAtFirst: bigint | undefined;
  /** Answers that are neither. */
  failed: number;
}

/** Clients of several gateways, one after the other to each, who ask until nothing more is to be had. */
export class MixedClients {
  readonly heard: Heard = { answered: 0, refused: [], billedAtFirst: undefined, failed: 0 };
  private readonly gateways: readonly GatewayClient[];

  constructor(
    ports: readonly number[],
    private readonly team: Team,
    private readonly provider: WatchedProvider,
    private readonly random: SeededRandom,
    private readonly mix: Mix,
  ) {
    this.gateways = ports.map((port) => new GatewayClient(`http://127.0.0.1:${port}`, team.key));
  }

  async run(clients: number): Promise<Heard> {
    await Promise.all(Array.from({ length: clients }, (_, number) => this.client(number)));
    await Promise.all(this.gateways.map((gateway) => gateway.close()));
    return this.heard;
  }

  private async client(number: number): Promise<void> {
    const gateway = this.gateways[number % this.gateways.length] as GatewayClient;
    for (let refusals = 0; refusals < REFUSALS_IN_A_ROW;) {
      const refused = await this.ask(gateway);
      refusals = refused ? refusals + 1 : 0;
    }
  }

  /** Answers whether there was no room. */
  private async ask(gateway: GatewayClient): Promise<boolean> {
    const { outputLimits, outputMost, msMost, waitMs } = this.mix;
    const { random } = this;
    const model = MIXED_MODELS[random.int(0, MIXED_MODELS.length - 1)] as typeV1.Model;
    const limit = random.int(Math.ceil(outputMost / 12), outputMost);
    const completion = random.int(Math.ceil(limit * 0.3), limit);
    const content = contentFor({ completion, ms: random.int(Math.ceil(msMost / 8), msMost) });
    const answer = await gateway.chat(
      {
        model: this.team.model(model.name),
        messages: [{ role: 'user', content }],
        stream: random.int(0, 1) === 0,
        ...(outputLimits && { max_tokens: limit }),
      },
      waitMs === undefined ? {} : { headers: { 'x-gatehouse-wait-ms': `${waitMs}` } },
    );
    const output = outputLimits ? limit : LEAST_OUTPUT;
    const need = costRoundedUp(model, promptTokensOf(content), output);
    return this.note(answer, need, costRoundedUp(model, promptBoundOf(content), output));
  }

  private note(answer: ChatAnswer | undefined, need: bigint, bound: bigint): boolean {
    if (answer?.status === 200) this.heard.answered++;
    else if (answer?.status !== 412) this.heard.failed++;
    if (answer?.status !== 412) return answer?.status !== 200;
    this.heard.billedAtFirst ??= this.provider.billed;
    const { limit = '0', spent = '0', held = '0' } = errorOf(answer).limit ?? {};
    const witness = { limit: BigInt(limit ?? 0), spent: BigInt(spent ?? 0), held: BigInt(held ?? 0) };
    this.heard.refused.push({ at: performance.now(), need, bound, witness });
    return true;
  }
}
