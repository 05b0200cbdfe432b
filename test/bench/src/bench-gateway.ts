import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type CertifiedKey, makeAuthority, makeCertificate } from '@gatehouse/certificates';
import { Product } from '@gatehouse/e2e';
import { Command, InvalidArgumentError } from 'commander';
import { BenchChild } from './bench-child';
import { type Case, CASES, QUICK_ROWS, ROWS } from './gateway-cases';
import { tablesOf } from './gateway-tables';
import { type BenchRow, call, pidsOf, rowsOf, turn, type Turns } from './gateway-turns';
import { countedOf, type Loaded, treeOf, type Way, Ways } from './gateway-ways';
import type { LoadOrder } from './load-callers';
import { NginxProxy, type ProviderPorts } from './nginx-proxy';
import { canPin, pinned } from './pinning';
import { microsecondsBetween, processorTimeOf, untilCalm } from './processor-time';
import { whole } from './whole-number';

interface BenchOptions extends Loaded {
  readonly seconds: number;
  readonly rounds: number;
  readonly rows: readonly string[];
}

/** What a bench has running. */
interface Running {
  readonly product: Product;
  readonly provider: BenchChild<CertifiedKey>;
  readonly callers: BenchChild<LoadOrder>;
  readonly nginx?: NginxProxy;
}

/** What runs for the first time is slower than it will be. */
const WARM_UP_ANSWERS = 10_000;
const WARM_UP_MS = 2_000;
const WARM_UPS_MAX = 10;
/** Of streams there are 60 a second, and what serves them is still being compiled behind a thousand. */
const WARM_UPS_OF_GATEWAY_MAX = 20;
/** Of requests that begin at a given rate: what is asked of them is the tail. */
const PACED_ROUNDS = 5;

/** Of streams no more than a few hundred would come to their end otherwise, and most of what serves them would not be compiled. */
const warmUpConnections = ({ stream, connections }: Case): number =>
  stream ? Math.max(16, connections) : 16;

const warmUp = async (callers: BenchChild<LoadOrder>, way: Way, its: Case): Promise<void> => {
  const { perSecond: _, ...unpaced } = its;
  const turnsMax = way.own === 'gateway' ? WARM_UPS_OF_GATEWAY_MAX : WARM_UPS_MAX;
  for (let answered = 0, turns = 0; answered < WARM_UP_ANSWERS && turns < turnsMax; turns++)
    answered += (await call(callers, way, { ...unpaced, connections: warmUpConnections(its) }, WARM_UP_MS))
      .answered;
  await untilCalm(() => pidsOf(way), way.calm);
};

/** Those of a rate are pinned: their tail is that of the gateway, and not of whom it shared a processor with. */
const pinnedWhere = async <T>(its: Case, running: Running, work: () => Promise<T>): Promise<T> => {
  if (its.perSecond === undefined || !canPin()) return work();
  const { gateway, ...others } = countedOf(running.product);
  const { provider, callers, nginx } = running;
  return pinned(
    {
      measured: [...(gateway?.() ?? []), ...treeOf(nginx?.pid)],
      load: [provider.pid, callers.pid],
      others: () => Object.values(others).flatMap((pids) => pids()),
    },
    work,
  );
};

const IDLE_AFTER_MS = 5_000;
const IDLE_MS = 5_000;

/** Milliseconds of a processor that each process takes in a second in which nobody calls. */
const idleCosts = async (product: Product): Promise<Readonly<Record<string, number>>> => {
  const counted = countedOf(product);
  await sleep(IDLE_AFTER_MS);
  const before = Object.entries(counted).map(([name, pids]) => [name, processorTimeOf(pids())] as const);
  await sleep(IDLE_MS);
  return Object.fromEntries(
    before.map(([name, then]) => {
      const took = microsecondsBetween(then, processorTimeOf(counted[name]?.() ?? []));
      return [name, Math.round((took * 10) / IDLE_MS) / 10];
    }),
  );
};

/** All ways by turns, so that a slow moment of the machine hits all. */
const measure = async (running: Running, ways: Ways, { seconds, rounds, rows }: BenchOptions) => {
  const { callers } = running;
  const found: BenchRow[] = [];
  const warm = new Set<string>();
  for (const its of CASES.filter(({ row }) => rows.includes(row))) {
    const kinds: readonly Turns[] = (await ways.of(its)).map((way) => ({ way, turns: [] }));
    for (const { way } of kinds) {
      const calls = `${way.name} ${its.calls} ${its.stream ? 'streamed' : 'whole'}`;
      if (!warm.has(calls)) await warmUp(callers, way, its);
      warm.add(calls);
    }
    const all = its.perSecond === undefined ? rounds : Math.max(rounds, PACED_ROUNDS);
    await pinnedWhere(its, running, async () => {
      for (let round = 0; round < all; round++)
        for (const { way, turns } of kinds) turns.push(await turn(callers, way, its, seconds * 1_000));
    });
    found.push(...rowsOf(its, kinds));
  }
  return found;
};

/** With a provider that has a certificate, and what makes a product believe it. */
const withProvider = async (
  work: (provider: BenchChild<CertifiedKey>, ports: ProviderPorts, env: NodeJS.ProcessEnv) => Promise<void>,
): Promise<void> => {
  const validity = { from: new Date(Date.now() - 86_400_000), days: 2 };
  const authority = await makeAuthority('Authority of the bench', validity);
  const certificate = await makeCertificate(authority, { name: 'bench', hosts: ['localhost'] }, validity);
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-bench-'));
  // The launcher may have the gateway run as a user of its own, who is to read it too.
  chmodSync(directory, 0o755);
  const file = join(directory, 'ca.pem');
  writeFileSync(file, authority.certificate);
  const provider = new BenchChild<CertifiedKey>('cheap-provider');
  try {
    await work(provider, await provider.ask<ProviderPorts>(certificate), { NODE_EXTRA_CA_CERTS: file });
  } finally {
    await provider.stop();
    rmSync(directory, { recursive: true, force: true });
  }
};

const rowNamed = (row: string, before: readonly string[] = []): readonly string[] => {
  if (!ROWS.includes(row)) throw new InvalidArgumentError(`Not one of ${ROWS.join(', ')}.`);
  return [...before, row];
};

const main = async (): Promise<void> => {
  const { json, quick, ...options } = new Command('bench:gateway')
    .description('What a governed call costs, beside nginx and the direct call')
    .option('--json', 'print JSON instead of tables')
    .option('--quick', 'three rows, one short round')
    .option('--rows <row...>', `some of ${ROWS.join(', ')}`, rowNamed)
    .option('--seconds <seconds>', 'length of one turn', whole)
    .option('--rounds <rounds>', 'turns per row', whole)
    .option('--workspaces <workspaces>', 'of the last row', whole, 10_000)
    .option('--integrations <integrations>', 'of the last row, each provisioned to each workspace', whole, 40)
    .parse()
    .opts<Partial<BenchOptions> & Loaded & { readonly json?: boolean; readonly quick?: boolean }>();
  const settings = {
    ...{ seconds: quick ? 2 : 3, rounds: quick ? 1 : 3, rows: quick ? QUICK_ROWS : ROWS },
    ...options,
  };
  await withProvider(async (provider, ports, env) => {
    const nginx = await NginxProxy.start(ports);
    const product = await Product.start({ env });
    const callers = new BenchChild<LoadOrder>('load-callers');
    try {
      const running = { product, provider, callers, ...(nginx && { nginx }) };
      const idle = await idleCosts(product);
      const ways = new Ways({ product, provider: ports, ...(nginx && { nginx }), idle }, settings);
      const rows = await measure(running, ways, settings);
      process.stdout.write(
        `${json ? JSON.stringify({ ...settings, idle, rows }, undefined, 2) : tablesOf(rows, idle)}\n`,
      );
    } finally {
      await callers.stop();
      await product.stop();
      await nginx?.stop();
    }
  });
};

main().catch((error: Error) => {
  process.stderr.write(`bench:gateway: ${error.message}\n`);
  process.exitCode = 1;
});
