import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { processTree, Product, type Team } from '@gatehouse/e2e';
import { until } from '@gatehouse/kernel/testing';
import Table from 'cli-table3';
import { Command } from 'commander';
import { BenchChild } from './bench-child';
import { CHAT_PATH, chatCall, cheapUpstream, governedTeam, unlimitedTeam, usedUpTeam } from './governed-team';
import type { LoadFigures, LoadOrder } from './load-callers';
import { microsecondsBetween, processorTimeOf, untilCalm } from './processor-time';
import { severalGateways } from './several-gateways';
import { whole } from './whole-number';

interface BenchOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly gateways: number;
}

/** A gateway, and who calls it. */
interface Called {
  readonly port: number;
  readonly callers: BenchChild<LoadOrder>;
  stop(): Promise<void>;
}

const CONNECTIONS = 8;
const PACED_PER_SECOND = 1_000;

const startGateways = async (
  product: Product,
  count: number,
  directory: string,
): Promise<readonly Called[]> => {
  const gateways = await severalGateways(product, count, directory);
  return gateways.map(({ port, stop }) => {
    const callers = new BenchChild<LoadOrder>('load-callers');
    return { port, callers, stop: async () => void (await Promise.all([callers.stop(), stop()])) };
  });
};

const call = ({ port, callers }: Called, team: Team, ms: number, perSecond?: number): Promise<LoadFigures> =>
  callers.ask<LoadFigures>({
    ...{ port, path: CHAT_PATH, ms, connections: CONNECTIONS },
    asked: [chatCall(team.key, { model: team.model('bench'), promptBytes: 1_024, stream: false })],
    ...(perSecond !== undefined && { perSecond }),
  });

/** What all gateways together answer, each called by a team. */
const ratesOf = async (gateways: readonly Called[], teams: readonly Team[], ms: number): Promise<Rates> => {
  const all = await Promise.all(
    gateways.map((gateway, index) => call(gateway, teams[index % teams.length] as Team, ms)),
  );
  return {
    perSecond: all.reduce((sum, { answered, tookMs }) => sum + (answered * 1_000) / tookMs, 0),
    failed: all.reduce((sum, { failed }) => sum + failed, 0),
  };
};

interface Rates {
  readonly perSecond: number;
  /** Answers of another status than 200. */
  readonly failed: number;
}

const PROCESSES = ['gateway', 'metering', 'postgres'] as const;
interface Costs extends Readonly<Record<(typeof PROCESSES)[number], number>> {
  /** What came of the rate that was wanted. */
  readonly perSecond: number;
}

/** Microseconds of a processor that a request takes at a steady rate, with what is left to be done behind it. */
const costsOf = async (
  product: Product,
  gateway: Called,
  team: Team,
  ms: number,
  counted: 'answered' | 'failed' = 'answered',
): Promise<Costs> => {
  const pidsOf = {
    gateway: () => processTree(product.pidOf('gateway') ?? 0).map(({ pid }) => pid),
    metering: () => [product.pidOf('metering') ?? 0],
    postgres: () => processTree(product.postgresPid).map(({ pid }) => pid),
  };
  const all = (): readonly number[] => PROCESSES.flatMap((name) => pidsOf[name]());
  await untilCalm(all);
  const before = processorTimeOf(all());
  const { [counted]: answered, tookMs } = await call(gateway, team, ms, PACED_PER_SECOND);
  if (answered === 0) throw new Error('no answer came');
  await untilCalm(all);
  const cost = (name: (typeof PROCESSES)[number]): number => {
    const after = processorTimeOf(pidsOf[name]());
    const since = new Map([...after.keys()].map((thread) => [thread, before.get(thread) ?? 0]));
    return microsecondsBetween(since, after) / answered;
  };
  const perSecond = (answered * 1_000) / tookMs;
  return { perSecond, gateway: cost('gateway'), metering: cost('metering'), postgres: cost('postgres') };
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;

const WARM_UP_MS = 4_000;

/** Each gateway's own team, then the first team by all of them; the median of the rounds' ratios, since the two of one round had the same machine. */
const compareRates = async (gateways: readonly Called[], teams: readonly Team[], options: BenchOptions) => {
  const ms = options.seconds * 1_000;
  const rounds: { readonly own: Rates; readonly shared: Rates }[] = [];
  await ratesOf(gateways, teams, WARM_UP_MS);
  for (let round = 0; round < options.rounds; round++) {
    const own = await ratesOf(gateways, teams, ms);
    rounds.push({ own, shared: await ratesOf(gateways, teams.slice(0, 1), ms) });
  }
  const ratio = median(rounds.map(({ own, shared }) => shared.perSecond / own.perSecond));
  return {
    ownPerSecond: Math.round(median(rounds.map(({ own }) => own.perSecond))),
    sharedPerSecond: Math.round(median(rounds.map(({ shared }) => shared.perSecond))),
    ratio: Math.round(ratio * 1_000) / 1_000,
    failed: rounds.reduce((sum, { own, shared }) => sum + own.failed + shared.failed, 0),
  };
};

/** Under limits and without; what is between them is the ledger's part, and the rest that of records. */
const compareCosts = async (
  product: Product,
  gateway: Called,
  governed: Team,
  unlimited: Team,
  { seconds, rounds }: BenchOptions,
) => {
  const of = { limited: [] as Costs[], unlimited: [] as Costs[] };
  for (let round = 0; round < rounds; round++) {
    of.limited.push(await costsOf(product, gateway, governed, seconds * 1_000));
    of.unlimited.push(await costsOf(product, gateway, unlimited, seconds * 1_000));
  }
  const perSecond = Math.round(median(of.limited.map((costs) => costs.perSecond)));
  const processes = PROCESSES.map((name) => {
    const limited = median(of.limited.map((costs) => costs[name]));
    const without = median(of.unlimited.map((costs) => costs[name]));
    const between = median(
      of.limited.map((costs, round) => costs[name] - (of.unlimited[round]?.[name] ?? 0)),
    );
    return { process: name, limited, without, between };
  });
  return { perSecond, processes };
};

/** Of a budget that is used up: as many as there can be, and what each takes at a steady rate. */
const refusalsOf = async (
  product: Product,
  gateway: Called,
  usedUp: Team,
  { seconds, rounds }: BenchOptions,
) => {
  const rates: number[] = [];
  const costs: Costs[] = [];
  for (let round = 0; round < rounds; round++) {
    const { failed, tookMs } = await call(gateway, usedUp, seconds * 1_000);
    rates.push((failed * 1_000) / tookMs);
    costs.push(await costsOf(product, gateway, usedUp, seconds * 1_000, 'failed'));
  }
  const processes = PROCESSES.map((name) => ({ process: name, us: median(costs.map((each) => each[name])) }));
  const pacedPerSecond = Math.round(median(costs.map(({ perSecond }) => perSecond)));
  return { perSecond: Math.round(median(rates)), pacedPerSecond, processes };
};

const main = async (): Promise<void> => {
  const { json, ...options } = new Command('bench:shared')
    .description('What one budget of several gateways costs, beside a budget for each')
    .option('--json', 'print JSON instead of tables')
    .option('--seconds <seconds>', 'length of one turn', whole, 4)
    .option('--rounds <rounds>', 'turns per figure', whole, 5)
    .option('--gateways <gateways>', 'how many', whole, 4)
    .parse()
    .opts<BenchOptions & { readonly json?: boolean }>();
  const provider = new BenchChild<never>('cheap-provider');
  const { port } = await provider.ask<{ readonly port: number }>('get ready');
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const product = await Product.start();
  try {
    const teams = await Promise.all(
      Array.from({ length: options.gateways }, () => governedTeam(product, cheapUpstream(port))),
    );
    const unlimited = await unlimitedTeam(product, cheapUpstream(port));
    const usedUp = await usedUpTeam(product, cheapUpstream(port));
    const gateways = await startGateways(product, options.gateways, directory);
    try {
      const [first] = gateways as readonly [Called];
      for (const gateway of gateways)
        await until(async () => (await call(gateway, unlimited, 1)).failed === 0);
      const costs = await compareCosts(product, first, teams[0] as Team, unlimited, options);
      const refusals = await refusalsOf(product, first, usedUp, options);
      const rates = await compareRates(gateways, teams, options);
      say({ ...options, rates, costs, refusals }, json);
    } finally {
      await Promise.all(gateways.map((gateway) => gateway.stop()));
    }
  } finally {
    await product.stop();
    await provider.stop();
    rmSync(directory, { recursive: true, force: true });
  }
};

type Said = BenchOptions & {
  readonly rates: Awaited<ReturnType<typeof compareRates>>;
  readonly costs: Awaited<ReturnType<typeof compareCosts>>;
  readonly refusals: Awaited<ReturnType<typeof refusalsOf>>;
};

const say = (said: Said, json = false): void => {
  if (json) return void process.stdout.write(`${JSON.stringify(said, undefined, 2)}\n`);
  const { ownPerSecond, sharedPerSecond, ratio, failed } = said.rates;
  const style = { head: [], border: [] };
  const rates = new Table({ head: ['gateways', 'own budgets/s', 'one budget/s', 'ratio', 'failed'], style });
  rates.push([said.gateways, ownPerSecond, sharedPerSecond, ratio, failed]);
  const costs = new Table({
    head: [`µs at ${said.costs.perSecond}/s`, 'with limits', 'without', 'ledger'],
    style,
  });
  for (const { process: name, limited, without, between } of said.costs.processes)
    costs.push([name, limited.toFixed(1), without.toFixed(1), between.toFixed(1)]);
  const { perSecond, pacedPerSecond, processes } = said.refusals;
  const refusals = new Table({ head: ['refusals/s', ...PROCESSES.map((name) => `${name} µs`)], style });
  refusals.push([`${perSecond}, at ${pacedPerSecond}:`, ...processes.map(({ us }) => us.toFixed(1))]);
  process.stdout.write(`${rates.toString()}\n${costs.toString()}\n${refusals.toString()}\n`);
};

main().catch((error: Error) => {
  process.stderr.write(`bench:shared: ${error.message}\n`);
  process.exitCode = 1;
});
