import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { typeV1 } from '@gatehouse/proto-gen';
import { TakenOverTime } from './judged-refusals';

/** What a call costs at most, and how it is meant to go: its one message says so. */
export interface Wanted {
  /** Tokens of the answer, where its output limit allows so many. */
  readonly completion: number;
  readonly ms: number;
}

interface Called {
  readonly model: string;
  readonly stream?: boolean;
  readonly max_tokens?: number;
  readonly max_completion_tokens?: number;
  readonly messages: readonly { readonly content: string }[];
}

/** Of a text, by this provider: fewer than its bytes, as with any. */
export const promptTokensOf = (content: string): number => 8 + Math.ceil(content.length / 4);

/** Of a prompt of one message of plain text, as gateways bound it: its bytes, and what templates may add. */
export const promptBoundOf = (content: string): number => content.length + 16 + 64;

/** In nano-USD. */
export const costRoundedUp = (
  { inputNanoUsdPerMillion = 0n, outputNanoUsdPerMillion = 0n }: typeV1.Model,
  prompt: number,
  completion: number,
): bigint =>
  (BigInt(prompt) * inputNanoUsdPerMillion + BigInt(completion) * outputNanoUsdPerMillion + 999_999n) /
  1_000_000n;

/** A provider that sees each output limit that it is sent, and so knows at every moment what it billed and may yet bill. */
export class WatchedProvider {
  /** Of all calls, in nano-USD. */
  billed = 0n;
  /** The most that calls in flight held together. */
  heldMost = 0n;
  calls = 0;
  readonly taken = new TakenOverTime();
  private held = 0n;
  private readonly models: ReadonlyMap<string, typeV1.Model>;
  private readonly server: Server;

  private constructor(models: readonly typeV1.Model[]) {
    this.models = new Map(models.map((model) => [model.name, model]));
    this.server = createServer((request, response) => void this.serve(request, response));
  }

  static async start(models: readonly typeV1.Model[]): Promise<WatchedProvider> {
    const provider = new WatchedProvider(models);
    await new Promise<void>((resolve) => provider.server.listen(0, '127.0.0.1', resolve));
    return provider;
  }

  get port(): number {
    return (this.server.address() as AddressInfo).port;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const called = JSON.parse(Buffer.concat(parts).toString('utf8')) as Called;
    const content = called.messages[0]?.content ?? '';
    const model = this.models.get(called.model);
    const limit = called.max_completion_tokens ?? called.max_tokens;
    if (!model || limit === undefined) return void response.writeHead(400).end();
    const hold = costRoundedUp(model, promptBoundOf(content), limit);
    this.begin(hold);
    const { completion, ms } = wantedIn(content);
    const tokens = Math.min(completion, limit);
    const usage = { prompt_tokens: promptTokensOf(content), completion_tokens: tokens };
    await (called.stream ? this.streamed(response, usage, ms) : this.plain(response, usage, ms));
    this.end(hold, costRoundedUp(model, usage.prompt_tokens, tokens));
  }

  private async plain(response: ServerResponse, usage: object, ms: number): Promise<void> {
    await sleep(ms);
    response.setHeader('content-type', 'application/json');
    const message = { role: 'assistant', content: 'So it is.' };
    response.end(
      JSON.stringify({ ...COMMON, choices: [{ index: 0, message, finish_reason: 'stop' }], usage }),
    );
  }

  private async streamed(response: ServerResponse, usage: object, ms: number): Promise<void> {
    response.setHeader('content-type', 'text/event-stream');
    const event = (said: object): unknown =>
      response.write(`data: ${JSON.stringify({ ...COMMON, ...said })}\n\n`);
    for (let chunk = 0; chunk < CHUNKS; chunk++) {
      event({ choices: [{ index: 0, delta: { content: 'So ' }, finish_reason: null }] });
      await sleep(ms / CHUNKS);
    }
    event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] });
    event({ choices: [], usage });
    response.end('data: [DONE]\n\n');
  }

  private begin(hold: bigint): void {
    this.calls++;
    this.held += hold;
    if (this.held > this.heldMost) this.heldMost = this.held;
    this.taken.changed(performance.now(), hold);
  }

  private end(hold: bigint, cost: bigint): void {
    this.held -= hold;
    this.billed += cost;
    this.taken.changed(performance.now(), cost - hold);
  }
}

const CHUNKS = 5;
const COMMON = { id: 'chatcmpl-bench', object: 'chat.completion', created: 1_700_000_000, model: 'bench' };

export const contentFor = ({ completion, ms }: Wanted): string => `Write ${completion} tokens in ${ms} ms.`;

const wantedIn = (content: string): Wanted => {
  const [, completion, ms] = /^Write (\d+) tokens in (\d+) ms\.$/.exec(content) ?? [];
  return { completion: Number(completion ?? 1), ms: Number(ms ?? 0) };
};
