import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { GatewayClient, newTeam, Product, type Team, usdBudget } from '@gatehouse/e2e';
import { eventually, SeededRandom } from '@gatehouse/kernel/testing';
import Table from 'cli-table3';
import { Command, InvalidArgumentError } from 'commander';
import { judge, type Judgement, type Refused } from './judged-refusals';
import { MIXED_MODELS, type Mix, MixedClients } from './mixed-clients';
import { severalGateways } from './several-gateways';
import { type BesideLarge, smallBesideLarge } from './small-beside-large';
import { WatchedProvider } from './watched-provider';
import { whole } from './whole-number';

const USD = 1_000_000_000n;

interface Part {
  readonly clients: number;
  readonly budget: bigint;
  readonly mix: Mix;
  /** Of the budget, in hundredths, that is used before anybody is refused. */
  readonly usedAtFirst?: number;
}

const MIX: Mix = { outputLimits: true, outputMost: 2_000, msMost: 400 };
const PARTS: Readonly<Record<string, Part>> = {
  'with max_tokens': { clients: 64, budget: 5n * USD, mix: MIX },
  'without max_tokens': { clients: 64, budget: 5n * USD, mix: { ...MIX, outputLimits: false } },
  full: {
    ...{ clients: 256, budget: 100n * USD, usedAtFirst: 99 },
    mix: { outputLimits: true, outputMost: 12_000, msMost: 900, waitMs: 30_000 },
  },
};
const WAITER = 'waiter';
const NAMES: readonly string[] = [...Object.keys(PARTS), WAITER];
const USUAL: readonly string[] = NAMES.filter((name) => name !== 'full');

interface BenchOptions {
  readonly gateways: number;
  readonly rounds: number;
  readonly seconds: number;
  readonly parts: readonly string[];
}

interface PartRow {
  readonly part: string;
  readonly seconds: number;
  readonly answered: number;
  readonly failed: number;
  readonly refused: number;
  readonly falselyRefused: number;
  /** Of these: only since the tokens of a prompt are fewer than its bytes. */
  readonly byTokens: number;
  /** Shares of the limit, in per cent. */
  readonly unreachableMedian: number;
  readonly unreachableMost: number;
  readonly heldMost: number;
  readonly usedAtFirstRefusal: number;
  readonly used: number;
  readonly overNanoUsd: string;
  /** Some of those that were false: what they needed, what there was, and what the ledger said; in nano-USD. */
  readonly examples: readonly Readonly<Record<string, string>>[];
  /** What of the promise does not hold. */
  readonly broken: readonly string[];
}

const percentOf = (amount: bigint, budget: bigint): number => Number((amount * 100_000n) / budget) / 1_000;
const thousandths = (share: number): number => Math.round(share * 100_000) / 1_000;

const teamFor = async (product: Product, provider: WatchedProvider, budget: bigint): Promise<Team> =>
  newTeam(product, {
    ...{ models: [], pricedModels: MIXED_MODELS, limits: [usdBudget(budget)] },
    customHost: `http://127.0.0.1:${provider.port}/v1`,
  });

const untilKnown = async (team: Team, ports: readonly number[]): Promise<void> => {
  for (const port of ports) {
    const gateway = new GatewayClient(`http://127.0.0.1:${port}`, team.key);
    await eventually(async () => {
      if (!(await gateway.models()).includes(team.model('dear'))) throw new Error('not known yet');
    });
    await gateway.close();
  }
};

const EXAMPLES = 20;

const examplesOf = (
  refused: readonly Refused[],
  judged: readonly Judgement[],
  begun: number,
): PartRow['examples'] =>
  refused
    .flatMap(({ at, need, witness }, index) => {
      const { isFalse = false, room = 0n } = judged[index] ?? {};
      const remaining = witness.limit - witness.spent - witness.held;
      const amounts = { need, room, remaining };
      return isFalse ? [{ afterMs: Math.round(at - begun), ...amounts }] : [];
    })
    .slice(0, EXAMPLES)
    .map((each) => Object.fromEntries(Object.entries(each).map(([name, value]) => [name, `${value}`])));

const measure = async (
  product: Product,
  ports: readonly number[],
  part: string,
  random: SeededRandom,
): Promise<PartRow> => {
  const { clients, budget, mix, usedAtFirst = 0 } = PARTS[part] as Part;
  const provider = await WatchedProvider.start(MIXED_MODELS);
  try {
    const team = await teamFor(product, provider, budget);
    await untilKnown(team, ports);
    const begun = performance.now();
    const heard = await new MixedClients(ports, team, provider, random, mix).run(clients);
    const seconds = Math.round((performance.now() - begun) / 100) / 10;
    const judged: readonly Judgement[] = heard.refused.map((refused) => judge(refused, provider.taken));
    const shares = judged.map(({ unreachable }) => unreachable).sort((a, b) => a - b);
    const over = provider.billed - budget;
    const first = percentOf(heard.billedAtFirst ?? 0n, budget);
    return {
      ...{ part, seconds, answered: heard.answered, failed: heard.failed },
      ...{ refused: judged.length, falselyRefused: judged.filter(({ isFalse }) => isFalse).length },
      byTokens: judged.filter(({ isFalseByTokens }) => isFalseByTokens).length,
      unreachableMedian: thousandths(shares[Math.floor(shares.length / 2)] ?? 0),
      unreachableMost: thousandths(shares.at(-1) ?? 0),
      heldMost: percentOf(provider.heldMost, budget),
      ...{ usedAtFirstRefusal: first, used: percentOf(provider.billed, budget) },
      overNanoUsd: (over > 0n ? over : 0n).toString(),
      examples: examplesOf(heard.refused, judged, begun),
      broken: [
        ...(over > 0n ? ['more than the budget was billed'] : []),
        ...(first < usedAtFirst ? [`less than ${usedAtFirst} % was used before the first refusal`] : []),
      ],
    };
  } finally {
    await provider.stop();
  }
};

const withWaiter = async (
  product: Product,
  ports: readonly number[],
  options: BenchOptions,
): Promise<BesideLarge> => {
  const provider = await WatchedProvider.start(MIXED_MODELS);
  try {
    return await smallBesideLarge(product, provider, ports, options);
  } finally {
    await provider.stop();
  }
};

const style = { head: [], border: [] };

const tableOf = (rows: readonly PartRow[]): string => {
  const head = [
    ...[
      'requests',
      's',
      'answered',
      'failed',
      'refused',
      'falsely',
      '% falsely',
      'by tokens',
      '% but these',
      'unreachable %',
      'at most %',
    ],
    ...['held at most %', 'used at first refusal %', 'used %', 'over nano-USD'],
  ];
  const table = new Table({
    head,
    colAligns: ['left', ...Array<'right'>(head.length - 1).fill('right')],
    style,
  });
  for (const row of rows) {
    const { refused, falselyRefused, byTokens } = row;
    const rateOf = (some: number): string => (refused === 0 ? '' : ((some * 100) / refused).toFixed(2));
    table.push([
      ...[
        row.part,
        row.seconds,
        row.answered,
        row.failed,
        refused,
        falselyRefused,
        rateOf(falselyRefused),
        byTokens,
        rateOf(falselyRefused - byTokens),
      ],
      ...[row.unreachableMedian, row.unreachableMost, row.heldMost, row.usedAtFirstRefusal, row.used],
      row.overNanoUsd,
    ]);
  }
  return table.toString();
};

const tableOfWaiter = ({ alone, beside, ratio, failed }: BesideLarge): string => {
  const table = new Table({
    head: ['small requests', 'alone p99 ms', 'beside a waiter p99 ms', 'ratio', 'failed'],
    colAligns: Array<'right'>(5).fill('right'),
    style,
  });
  table.push([alone.requests + beside.requests, alone.p99Ms, beside.p99Ms, ratio, failed]);
  return table.toString();
};

const partNamed = (name: string, before: readonly string[] = []): readonly string[] => {
  if (!NAMES.includes(name)) throw new InvalidArgumentError(`Not one of ${NAMES.join(', ')}.`);
  return [...before, name];
};

const run = async (product: Product, directory: string, options: BenchOptions) => {
  const random = new SeededRandom('bench:refusals');
  const gateways = await severalGateways(product, options.gateways, directory);
  const ports = gateways.map(({ port }) => port);
  try {
    const rows: PartRow[] = [];
    for (const part of Object.keys(PARTS))
      if (options.parts.includes(part)) rows.push(await measure(product, ports, part, random));
    const waiter = options.parts.includes(WAITER) ? await withWaiter(product, ports, options) : undefined;
    return { rows, ...(waiter && { waiter }) };
  } finally {
    await Promise.all(gateways.map((gateway) => gateway.stop()));
  }
};

const main = async (): Promise<void> => {
  const { json, ...options } = new Command('bench:refusals')
    .description(
      'Whether refusals are true, how much of a budget is used, and what a large request costs small ones',
    )
    .option('--json', 'print JSON instead of tables')
    .option('--gateways <gateways>', 'how many', whole, 4)
    .option('--rounds <rounds>', 'of small requests beside a large one', whole, 5)
    .option('--seconds <seconds>', 'length of a turn of these', whole, 3)
    .option('--parts <part...>', `some of ${NAMES.join(', ')}`, partNamed)
    .parse()
    .opts<Omit<BenchOptions, 'parts'> & Partial<BenchOptions> & { readonly json?: boolean }>();
  const settings = { ...options, parts: options.parts ?? USUAL };
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  const product = await Product.start();
  try {
    const { rows, waiter } = await run(product, directory, settings);
    const tables = [...(rows.length > 0 ? [tableOf(rows)] : []), ...(waiter ? [tableOfWaiter(waiter)] : [])];
    const said = json ? JSON.stringify({ ...settings, rows, waiter }, undefined, 2) : tables.join('\n');
    process.stdout.write(`${said}\n`);
    const broken = rows.flatMap((row) => row.broken.map((what) => `${row.part}: ${what}`));
    if (broken.length > 0) throw new Error(broken.join('; '));
  } finally {
    await product.stop();
    rmSync(directory, { recursive: true, force: true });
  }
};

main().catch((error: Error) => {
  process.stderr.write(`bench:refusals: ${error.message}\n`);
  process.exitCode = 1;
});
