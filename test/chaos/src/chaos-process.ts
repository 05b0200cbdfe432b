import { mkdir } from 'node:fs/promises';
import { SeededRandom } from '@gatehouse/kernel/testing';
import { FAULTS } from './faults/all-faults';
import { type Need, system } from './machine';
import type { ChaosOptions } from './options';
import { type NotRun, reportOf, tablesOf } from './report';
import { run } from './run';
import { machineTime } from './time';

interface Order extends ChaosOptions {
  readonly missing: Readonly<Partial<Record<Need, string>>>;
}

const NAMED_NETWORKS = '/run/netns';

/** This process's own network and mounts: what is made here ends with it. */
const settle = async (): Promise<void> => {
  await system('ip', 'link', 'set', 'lo', 'up');
  await mkdir(NAMED_NETWORKS, { recursive: true });
  await system('mount', '-t', 'tmpfs', 'none', NAMED_NETWORKS);
};

const main = async (): Promise<void> => {
  const { missing, only, json, ...order } = JSON.parse(process.argv[2] ?? '{}') as Order;
  const random = new SeededRandom('chaos');
  const say = (line: string): void => void process.stderr.write(`chaos: ${line}\n`);
  const wanted = FAULTS.filter(({ kind }) => only?.includes(kind) ?? true);
  const notRun = wanted.flatMap(({ kind, needs }): NotRun[] => {
    const because = needs && missing[needs];
    return because === undefined ? [] : [{ kind, because }];
  });
  for (const { kind, because } of notRun) say(`NOT RUN: ${kind}: ${because}`);
  const faults = wanted.filter(({ kind }) => !notRun.some((other) => other.kind === kind));
  const namespaces = missing.namespaces === undefined;
  if (namespaces) await settle();
  const end = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end.abort());
  const result = await run({ ...order, faults, namespaces, random, time: machineTime, say }, end.signal);
  const kinds = faults.map(({ kind }) => kind);
  const report = reportOf(result, { ...order, seed: random.seed, kinds, notRun });
  process.stdout.write(`${json ? JSON.stringify(report, undefined, 2) : tablesOf(report)}\n`);
  process.exitCode = report.violations.length > 0 ? 1 : 0;
};

main().catch((error: Error) => {
  process.stderr.write(`chaos: ${error.message}\n`);
  process.exitCode = 1;
});
