import { processTree, Product, type Team } from '@gatehouse/e2e';
import Table from 'cli-table3';
import { Command } from 'commander';
import { BenchChild } from './bench-child';
import { CHAT_PATH, chatBody, governedTeam, unlimitedTeam } from './governed-team';
import { STREAM_CHUNKS } from './stream-shape';
import type { LoadFigures, LoadOrder } from './load-callers';
import { NginxProxy } from './nginx-proxy';
import { microsecondsBetween, processorTimeOf, untilCalm } from './processor-time';
import { whole } from './whole-number';

interface BenchOptions {
  readonly seconds: number;
  readonly rounds: number;
  readonly quick?: boolean;
}

/** What is asked, and over how many connections at once. */
interface Case {
  readonly what: string;
  readonly connections: number;
  readonly promptBytes: number;
  readonly stream: boolean;
  /** Requests that begin in a second, whether or not those before have ended; undefined: as many as are answered. */
  readonly perSecond?: number;
  /** Whether it is asked by a team without limits too. */
  readonly withoutLimits?: boolean;
}

const small = (connections: number): Case => ({
  what: '1 KB',
  connections,
  promptBytes: 1_024,
  stream: false,
});
const PACED_PER_SECOND = 1_000;
const stream = (connections: number): Case => ({
  what: `stream of ${STREAM_CHUNKS}`,
  connections,
  promptBytes: 1_024,
  stream: true,
});
const CASES: readonly Case[] = [
  small(1),
  { ...small(16), withoutLimits: true },
  small(64),
  { ...small(64), what: `1 KB, ${PACED_PER_SECOND}/s`, perSecond: PACED_PER_SECOND },
  { what: '64 KB', connections: 16, promptBytes: 65_536, stream: false },
  stream(64),
  stream(256),
];
const QUICK: readonly string[] = ['1 KB/16', '64 KB/16', `stream of ${STREAM_CHUNKS}/64`];

/** Whose processor time is counted with a way to the provider, by the name of a column. */
type Counted = Readonly<Record<string, () => readonly number[]>>;

interface Way {
  readonly name: 'direct' | 'nginx' | 'gateway' | 'no limits';
  /** The process in the way, as it is counted. */
  readonly own?: 'nginx' | 'gateway';
  readonly port: number;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
  readonly counted: Counted;
}

interface Turn extends LoadFigures {
  /** Microseconds a request. */
  readonly cpu: Readonly<Record<string, number>>;
}

interface BenchRow {
  readonly what: string;
  readonly connections: number;
  readonly way: Way['name'];
  readonly own?: NonNullable<Way['own']>;
  readonly perSecond: number;
  /** Microseconds of a processor a request, by process. */
  readonly cpu: Readonly<Record<string, number>>;
  /** Of the process in the way alone. */
  readonly cpuToNginx?: number;
  readonly rateToDirect?: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Over the direct call, where requests begin at a given rate. */
  readonly added?: { readonly p50Ms: number; readonly p99Ms: number };
  readonly firstByteMs: number;
  readonly failed: number;
}

const treeOf = (pid: number): readonly number[] => processTree(pid).map((entry) => entry.pid);

/** Every process of the product is counted: those in the way, and those that have to do with it by records alone. */
const countedOf = (product: Product): Counted => {
  const named: Counted = {
    gateway: () => treeOf(product.pidOf('gateway') ?? 0),
    metering: () => treeOf(product.pidOf('metering') ?? 0),
    postgres: () => treeOf(product.postgresPid),
  };
  const rest = (): readonly number[] => {
    const known = new Set(Object.values(named).flatMap((pids) => pids()));
    return treeOf(product.pid).filter((pid) => !known.has(pid));
  };
  return { ...named, rest };
};

interface Teams {
  readonly governed: Team;
  readonly unlimited: Team;
}

const waysTo = (
  product: Product,
  { governed, unlimited }: Teams,
  providerPort: number,
  nginx?: NginxProxy,
): readonly Way[] => {
  const plain = { path: CHAT_PATH, headers: {}, model: 'bench' };
  const through = (team: Team) => ({
    own: 'gateway' as const,
    port: Number(new URL(product.gatewayUrl).port),
    path: CHAT_PATH,
    headers: { authorization: `Bearer ${team.key}` },
    model: team.model('bench'),
    counted: countedOf(product),
  });
  const throughNginx = (proxy: NginxProxy): Way => ({
    ...{ name: 'nginx', own: 'nginx', port: proxy.port, ...plain },
    counted: { nginx: () => treeOf(proxy.pid) },
  });
  return [
    { name: 'direct', port: providerPort, ...plain, counted: {} },
    ...(nginx ? [throughNginx(nginx)] : []),
    { name: 'gateway', ...through(governed) },
    { name: 'no limits', ...through(unlimited) },
  ];
};

/** With what is left to do behind the load: records are told, counted and kept after their requests were answered. */
const turn = async (callers: BenchChild<LoadOrder>, way: Way, its: Case, ms: number): Promise<Turn> => {
  const { port, path, headers, counted, model } = way;
  const all = (): readonly number[] => Object.values(counted).flatMap((pids) => pids());
  const before = processorTimeOf(all());
  const order = {
    ...{ port, path, headers, connections: its.connections, ms, body: chatBody({ ...its, model }) },
    ...(its.perSecond !== undefined && { perSecond: its.perSecond }),
  };
  const figures = await callers.ask<LoadFigures>(order);
  if (figures.answered === 0) throw new Error(`no answer came over ${way.name}`);
  await untilCalm(all);
  const cpu = Object.entries(counted).map(([name, pids]) => {
    const own = processorTimeOf(pids());
    const since = new Map([...own.keys()].map((thread) => [thread, before.get(thread) ?? 0]));
    return [name, microsecondsBetween(since, own) / figures.answered] as const;
  });
  return { ...figures, cpu: Object.fromEntries(cpu) };
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const hundredths = (value: number): number => Math.round(value * 100) / 100;

const rowOf = (its: Case, { name, own, counted }: Way, turns: readonly Turn[]): BenchRow => {
  const of = (figure: (turn: Turn) => number): number => hundredths(median(turns.map(figure)));
  return {
    what: its.what,
    connections: its.connections,
    way: name,
    ...(own && { own }),
    perSecond: Math.round(of(({ answered, tookMs }) => (answered * 1_000) / tookMs)),
    cpu: Object.fromEntries(
      Object.keys(counted).map((process) => [
        process,
        Math.round(of(({ cpu }) => cpu[process] ?? 0) * 10) / 10,
      ]),
    ),
    p50Ms: of(({ p50Ms }) => p50Ms),
    p99Ms: of(({ p99Ms }) => p99Ms),
    firstByteMs: of(({ firstByteMs }) => firstByteMs),
    failed: turns.reduce((sum, { failed }) => sum + failed, 0),
  };
};

const compared = (its: Case, rows: readonly BenchRow[]): readonly BenchRow[] => {
  const [direct] = rows;
  const nginx = rows.find(({ way }) => way === 'nginx')?.cpu['nginx'];
  return rows.map((row) => {
    const own = row.own && row.cpu[row.own];
    return {
      ...row,
      ...(own !== undefined && nginx !== undefined && { cpuToNginx: hundredths(own / nginx) }),
      ...(direct && direct !== row && { rateToDirect: hundredths(row.perSecond / direct.perSecond) }),
      ...(direct &&
        direct !== row &&
        its.perSecond !== undefined && {
          added: {
            p50Ms: hundredths(row.p50Ms - direct.p50Ms),
            p99Ms: hundredths(row.p99Ms - direct.p99Ms),
          },
        }),
    };
  });
};

/** What runs for the first time is slower than it will be. */
const WARM_UP_ANSWERS = 10_000;
const WARM_UP_MS = 2_000;
const WARM_UPS_MAX = 20;

const warmUp = async (callers: BenchChild<LoadOrder>, way: Way): Promise<void> => {
  for (let answered = 0, turns = 0; answered < WARM_UP_ANSWERS && turns < WARM_UPS_MAX; turns++)
    answered += (await turn(callers, way, small(16), WARM_UP_MS)).answered;
};

/** All ways by turns, so that a slow moment of the machine hits all. */
const measure = async (ways: readonly Way[], { seconds, rounds, quick }: BenchOptions) => {
  const callers = new BenchChild<LoadOrder>('load-callers');
  try {
    const rows: BenchRow[] = [];
    for (const way of ways) await warmUp(callers, way);
    for (const its of CASES.filter((one) => !quick || QUICK.includes(`${one.what}/${one.connections}`))) {
      const asked = ways.filter(({ name }) => name !== 'no limits' || its.withoutLimits);
      const kinds = asked.map((way) => ({ way, turns: [] as Turn[] }));
      for (let round = 0; round < rounds; round++) {
        for (const { way, turns } of kinds) turns.push(await turn(callers, way, its, seconds * 1_000));
      }
      rows.push(
        ...compared(
          its,
          kinds.map(({ way, turns }) => rowOf(its, way, turns)),
        ),
      );
    }
    return rows;
  } finally {
    await callers.stop();
  }
};

const HEAD = [
  ...[
    'prompt',
    'at once',
    'way',
    'requests/s',
    '/ direct',
    'CPU µs',
    '× nginx',
    'p50 ms',
    'p99 ms',
    'first byte ms',
  ],
  ...['added p50', 'added p99', 'metering µs', 'Postgres µs', 'rest µs', 'failed'],
];

const tableOf = (rows: readonly BenchRow[]): string => {
  const table = new Table({
    head: HEAD,
    colAligns: ['left', 'right', 'left', ...Array<'right'>(13).fill('right')],
    style: { head: [], border: [] },
  });
  for (const { what, connections, way, own, cpu, cpuToNginx = '', rateToDirect = '', ...row } of rows) {
    table.push([
      ...[what, connections, way, row.perSecond.toLocaleString('en'), rateToDirect],
      ...[(own && cpu[own]) ?? '', cpuToNginx, row.p50Ms, row.p99Ms, row.firstByteMs],
      ...[row.added?.p50Ms ?? '', row.added?.p99Ms ?? ''],
      ...[cpu['metering'] ?? '', cpu['postgres'] ?? '', cpu['rest'] ?? '', row.failed],
    ]);
  }
  return table.toString();
};

const main = async (): Promise<void> => {
  const { json, ...options } = new Command('bench:gateway')
    .description('What a governed call costs, beside nginx and the direct call')
    .option('--json', 'print JSON instead of a table')
    .option('--quick', 'three cases, one short round')
    .option('--seconds <seconds>', 'length of one turn', whole)
    .option('--rounds <rounds>', 'turns per row', whole)
    .parse()
    .opts<Partial<BenchOptions> & { readonly json?: boolean }>();
  const settings = { seconds: options.quick ? 2 : 3, rounds: options.quick ? 1 : 3, ...options };
  const provider = new BenchChild<never>('cheap-provider');
  const { port } = await provider.ask<{ readonly port: number }>('get ready');
  const nginx = await NginxProxy.start(port);
  const product = await Product.start();
  try {
    const teams = {
      governed: await governedTeam(product, port),
      unlimited: await unlimitedTeam(product, port),
    };
    const rows = await measure(waysTo(product, teams, port, nginx), settings);
    process.stdout.write(`${json ? JSON.stringify({ ...settings, rows }, undefined, 2) : tableOf(rows)}\n`);
  } finally {
    await product.stop();
    await nginx?.stop();
    await provider.stop();
  }
};

main().catch((error: Error) => {
  process.stderr.write(`bench:gateway: ${error.message}\n`);
  process.exitCode = 1;
});
