import { readFileSync } from 'node:fs';
import { Product } from '@gatehouse/e2e';
import Table from 'cli-table3';
import { Command } from 'commander';
import type { AdminFigures, AdminOrder } from './admin-caller';
import { BenchChild } from './bench-child';
import { type Garbage, GARBAGE, type GarbageFigures, type GarbageOrder } from './garbage-callers';
import { whole } from './whole-number';

interface BenchOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly callers: number;
}

interface Flood {
  readonly garbage: Garbage;
  readonly come: keyof typeof ARRIVALS;
  readonly perConnection: number;
}

interface Turn extends AdminFigures, GarbageFigures {
  readonly tookMs: number;
  /** What the service's process took of a processor. */
  readonly cpuMs: number;
}

interface BenchRow extends Partial<Flood> {
  readonly refusedPerSecond: number;
  readonly cutPerSecond: number;
  readonly cpuShare: number;
  readonly adminCalls: number;
  readonly failed: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** How the callers' streams come: how often each opens one, and over what time the first ones are spread. */
const ARRIVALS = {
  'evenly over the turn': (turnMs: number) => ({ everyMs: turnMs, spreadMs: turnMs }),
  'evenly over each second': () => ({ everyMs: 1_000, spreadMs: 1_000 }),
  'all at once': (turnMs: number) => ({ everyMs: turnMs, spreadMs: 0 }),
} satisfies Record<string, (turnMs: number) => Pick<GarbageOrder, 'everyMs' | 'spreadMs'>>;

const CALLERS_PER_CONNECTION = 500;

const FLOODS: readonly (Flood | undefined)[] = [
  undefined,
  ...(Object.keys(ARRIVALS) as Flood['come'][]).flatMap((come) => [
    ...(Object.keys(GARBAGE) as Garbage[]).map((garbage) => ({
      ...{ garbage, come, perConnection: CALLERS_PER_CONNECTION },
    })),
    { garbage: 'wrong check value', come, perConnection: 1 } as const,
  ]),
];

/** Milliseconds of a processor that a process has taken. Linux counts them in hundredths of a second. */
const cpuMsOf = (pid: number): number => {
  const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(afterName[11]) + Number(afterName[12])) * 10;
};

const turn = async (
  product: Product,
  flood: Flood | undefined,
  { seconds, callers }: BenchOptions,
): Promise<Turn> => {
  const address = product.first.grpc.provisioning;
  const admin = new BenchChild<AdminOrder>('admin-caller');
  const garbage = flood && new BenchChild<GarbageOrder>('garbage-callers');
  try {
    // What a process needs to start is no part of what either of them meets.
    await Promise.all([
      admin.ask({ address, apiKey: product.first.adminKey, seconds }),
      garbage?.ask('get ready'),
    ]);
    const pid = product.pidOf('provisioning') ?? 0;
    const before = cpuMsOf(pid);
    const start = performance.now();
    if (flood) {
      const arrival = ARRIVALS[flood.come](seconds * 1_000);
      const { garbage: form, perConnection } = flood;
      garbage?.tell({ address, garbage: form, callers, perConnection, ...arrival });
    }
    const figures = await admin.ask<AdminFigures>('begin');
    const far = (await garbage?.ask<GarbageFigures>('how far')) ?? { refused: 0, cut: 0 };
    return { ...figures, ...far, cpuMs: cpuMsOf(pid) - before, tookMs: performance.now() - start };
  } finally {
    await Promise.all([admin.stop(), garbage?.stop()]);
  }
};

/** With and without garbage by turns, so that a slow moment of the machine hits all. */
const measure = async (product: Product, options: BenchOptions): Promise<readonly BenchRow[]> => {
  const turns = FLOODS.map((flood) => ({ flood, its: [] as Turn[] }));
  // The first calls of a process are nobody's figures.
  await turn(product, undefined, options);
  for (let round = 0; round < options.rounds; round++) {
    for (const { flood, its } of turns) its.push(await turn(product, flood, options));
  }
  return turns.map(({ flood, its }) => ({ ...flood, ...figuresOf(its) }));
};

const figuresOf = (turns: readonly Turn[]): BenchRow => {
  const took = turns.flatMap((one) => one.took).sort((a, b) => a - b);
  const at = (share: number): number => tenths(took[Math.ceil(took.length * share) - 1] ?? Number.NaN);
  const sum = (of: (one: Turn) => number): number => turns.reduce((all, one) => all + of(one), 0);
  const tookMs = sum((one) => one.tookMs);
  return {
    refusedPerSecond: Math.round((sum(({ refused }) => refused) * 1_000) / tookMs),
    cutPerSecond: Math.round((sum(({ cut }) => cut) * 1_000) / tookMs),
    cpuShare: tenths((sum(({ cpuMs }) => cpuMs) * 100) / tookMs),
    adminCalls: took.length,
    failed: sum(({ failed }) => failed),
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  };
};

const tenths = (value: number): number => Math.round(value * 10) / 10;

const HEAD = [
  ...['garbage', 'comes', 'on a connection', 'refused/s', 'cut/s', 'CPU %'],
  ...['admin calls', 'failed', 'p50 ms', 'p99 ms', 'max ms'],
];

const tableOf = (rows: readonly BenchRow[]): string => {
  const table = new Table({
    head: HEAD,
    colAligns: ['left', 'left', ...Array<'right'>(9).fill('right')],
    style: { head: [], border: [] },
  });
  for (const { garbage = 'none', come = '', perConnection = '', ...figures } of rows) {
    const { refusedPerSecond, cutPerSecond, cpuShare, adminCalls, failed, p50Ms, p99Ms, maxMs } = figures;
    table.push([
      ...[garbage, come, perConnection],
      ...[refusedPerSecond.toLocaleString('en'), cutPerSecond.toLocaleString('en'), cpuShare],
      ...[adminCalls, failed, p50Ms, p99Ms, maxMs],
    ]);
  }
  return table.toString();
};

const main = async (): Promise<void> => {
  const { json, ...options } = new Command('bench:keys')
    .description('What an admin of provisioning notices of callers whose keys nobody issued')
    .option('--json', 'print JSON instead of a table')
    .option('--seconds <seconds>', 'length of one turn', whole, 5)
    .option('--rounds <rounds>', 'turns per row', whole, 3)
    .option('--callers <callers>', 'callers with garbage', whole, 2_000)
    .parse()
    .opts<BenchOptions & { readonly json?: boolean }>();
  const product = await Product.start();
  try {
    const rows = await measure(product, options);
    process.stdout.write(`${json ? JSON.stringify({ ...options, rows }, undefined, 2) : tableOf(rows)}\n`);
  } finally {
    await product.stop();
  }
};

main().catch((error: Error) => {
  process.stderr.write(`bench:keys: ${error.message}\n`);
  process.exitCode = 1;
});
