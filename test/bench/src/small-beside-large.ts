import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayClient, newTeam, type Product, usdBudget } from '@gatehouse/e2e';
import { MIXED_MODELS } from './mixed-clients';
import { contentFor, type WatchedProvider } from './watched-provider';

const BUDGET_NANO_USD = 400_000_000n;
/** Half of the budget, for as long as a round takes. */
const HALF_TOKENS = 8_000;
/** Seven tenths, which do not fit beside that. */
const LARGE_TOKENS = 11_200;
/** A thousandth. */
const SMALL_TOKENS = 180;
const CALLERS_OF_EACH = 2;
const PAUSE_MS = 5;
/** A large one waits a little longer than is measured. */
const SLACK_MS = 1_000;
const AGAIN_AFTER_MS = 1_000;

export interface BesideLarge {
  readonly alone: { readonly requests: number; readonly p99Ms: number };
  readonly beside: { readonly requests: number; readonly p99Ms: number };
  /** The median of the rounds'. */
  readonly ratio: number;
  /** Small requests that had another answer than 200. */
  readonly failed: number;
}

/**
 * How long small requests take while half of their budget is held, and how long while a request of seven tenths of it waits
 * besides: by turns, several rounds.
 */
export const smallBesideLarge = async (
  product: Product,
  provider: WatchedProvider,
  ports: readonly number[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<BesideLarge> => {
  const team = await newTeam(product, {
    ...{ models: [], pricedModels: MIXED_MODELS, limits: [usdBudget(BUDGET_NANO_USD)] },
    customHost: `http://127.0.0.1:${provider.port}/v1`,
  });
  const gateways = ports.map((port) => new GatewayClient(`http://127.0.0.1:${port}`, team.key));
  const ask = (gateway: GatewayClient, model: string, tokens: number, ms: number, waitMs = 0) =>
    gateway.chat(
      {
        model: team.model(model),
        messages: [{ role: 'user', content: contentFor({ completion: 1, ms }) }],
        max_tokens: tokens,
      },
      { headers: { 'x-gatehouse-wait-ms': `${waitMs}` } },
    );
  const [first, second = first] = gateways as [GatewayClient, GatewayClient?];
  let failed = 0;
  const small = async (until: number): Promise<readonly number[]> => {
    const took: number[] = [];
    const caller = async (gateway: GatewayClient): Promise<void> => {
      for (let begun = performance.now(); begun < until; begun = performance.now()) {
        const answer = await ask(gateway, 'cheap', SMALL_TOKENS, 0, 2_000);
        took.push(performance.now() - begun);
        if (answer?.status !== 200) failed++;
        await sleep(PAUSE_MS);
      }
    };
    await Promise.all(gateways.flatMap((gateway) => Array(CALLERS_OF_EACH).fill(gateway)).map(caller));
    return took;
  };
  const ms = seconds * 1_000;
  const alone: (readonly number[])[] = [];
  const beside: (readonly number[])[] = [];
  await small(performance.now() + ms);
  for (let round = 0; round < rounds; round++) {
    const half = ask(first, 'dear', HALF_TOKENS, 2 * ms + 2 * SLACK_MS, 5_000);
    await sleep(SLACK_MS / 2);
    alone.push(await small(performance.now() + ms));
    const large = ask(second, 'dear', LARGE_TOKENS, 0, ms + SLACK_MS);
    beside.push(await small(performance.now() + ms));
    const [held, refused] = await Promise.all([half, large]);
    if (held?.status !== 200) throw new Error(`half of the budget was not to be had: ${held?.text}`);
    if (refused?.status !== 412) throw new Error(`the large request did not wait in vain: ${refused?.text}`);
    await sleep(AGAIN_AFTER_MS);
  }
  await Promise.all(gateways.map((gateway) => gateway.close()));
  const all = (turns: readonly (readonly number[])[]) => ({
    requests: turns.flat().length,
    p99Ms: tenths(p99Of(turns.flat())),
  });
  const ratios = beside.map((turn, round) => p99Of(turn) / p99Of(alone[round] ?? []));
  ratios.sort((a, b) => a - b);
  return {
    ...{ alone: all(alone), beside: all(beside), failed },
    ratio: Math.round((ratios[Math.floor(ratios.length / 2)] ?? Number.NaN) * 100) / 100,
  };
};

const p99Of = (took: readonly number[]): number =>
  [...took].sort((a, b) => a - b)[Math.ceil(took.length * 0.99) - 1] ?? Number.NaN;
const tenths = (value: number): number => Math.round(value * 10) / 10;
