import { setTimeout as sleep } from 'node:timers/promises';
import { GatewayClient, newTeam, type Product, type Team, usdBudget } from '@gatehouse/e2e';
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

export interface BesideLarge {
  readonly alone: { readonly requests: number; readonly p99Ms: number };
  readonly beside: { readonly requests: number; readonly p99Ms: number };
  /** The median of the rounds'. */
  readonly ratio: number;
  /** Small requests that had another answer than 200. */
  readonly failed: number;
}

/** What small requests took, in milliseconds. */
interface Round {
  readonly alone: readonly number[];
  readonly beside: readonly number[];
  /** Small requests that had another answer than 200. */
  readonly failed: number;
}

/**
 * How long small requests take while half of their budget is held, and how long while a request of seven tenths of it waits
 * besides: by turns, several rounds. Each has a budget of its own, or small requests would use up what the last ones need.
 */
export const smallBesideLarge = async (
  product: Product,
  provider: WatchedProvider,
  ports: readonly number[],
  { rounds, seconds }: { readonly rounds: number; readonly seconds: number },
): Promise<BesideLarge> => {
  const found: Round[] = [];
  for (let round = 0; round < rounds; round++) {
    const team = await newTeam(product, {
      ...{ models: [], pricedModels: MIXED_MODELS, limits: [usdBudget(BUDGET_NANO_USD)] },
      customHost: `http://127.0.0.1:${provider.port}/v1`,
    });
    const gateways = ports.map((port) => new GatewayClient(`http://127.0.0.1:${port}`, team.key));
    found.push(await roundOf(team, gateways, seconds * 1_000));
    await Promise.all(gateways.map((gateway) => gateway.close()));
  }
  const all = (turns: readonly (readonly number[])[]) => ({
    requests: turns.flat().length,
    p99Ms: tenths(p99Of(turns.flat())),
  });
  const ratios = found.map(({ alone, beside }) => p99Of(beside) / p99Of(alone));
  ratios.sort((a, b) => a - b);
  return {
    alone: all(found.map(({ alone }) => alone)),
    beside: all(found.map(({ beside }) => beside)),
    failed: found.reduce((sum, { failed }) => sum + failed, 0),
    ratio: Math.round((ratios[Math.floor(ratios.length / 2)] ?? Number.NaN) * 100) / 100,
  };
};

const roundOf = async (team: Team, gateways: readonly GatewayClient[], ms: number): Promise<Round> => {
  const ask = (gateway: GatewayClient, model: string, tokens: number, lasts: number, waitMs = 0) =>
    gateway.chat(
      {
        model: team.model(model),
        messages: [{ role: 'user', content: contentFor({ completion: 1, ms: lasts }) }],
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
  // Gateways hear of the team while it calls already.
  await small(performance.now() + ms);
  failed = 0;
  const half = ask(first, 'dear', HALF_TOKENS, 2 * ms + 2 * SLACK_MS, 5_000);
  await sleep(SLACK_MS / 2);
  const alone = await small(performance.now() + ms);
  const large = ask(second, 'dear', LARGE_TOKENS, 0, ms + SLACK_MS);
  const beside = await small(performance.now() + ms);
  const [held, refused] = await Promise.all([half, large]);
  if (held?.status !== 200) throw new Error(`half of the budget was not to be had: ${held?.text}`);
  if (refused?.status !== 412) throw new Error(`the large request did not wait in vain: ${refused?.text}`);
  return { alone, beside, failed };
};

const p99Of = (took: readonly number[]): number =>
  [...took].sort((a, b) => a - b)[Math.ceil(took.length * 0.99) - 1] ?? Number.NaN;
const tenths = (value: number): number => Math.round(value * 10) / 10;
