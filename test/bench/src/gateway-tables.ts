import Table from 'cli-table3';
import type { BenchRow } from './gateway-turns';
import { PROCESSES } from './gateway-ways';

const HEAD = [
  ...['prompt', 'at once', 'way', 'requests/s', '/ direct', 'CPU µs', '× nginx', 'p50 ms', 'p99 ms'],
  ...['first byte ms', 'added p50', 'added p99', 'undisturbed', 'failed'],
];

const tableFor = (head: readonly string[]) =>
  new Table({
    head: [...head],
    colAligns: ['left', 'right', 'left', ...Array<'right'>(head.length - 3).fill('right')],
    style: { head: [], border: [] },
  });

/** What is added to the p99 of the undisturbed answers, and how many of a hundred those are. */
const undisturbedOf = ({ added, undisturbed }: Pick<BenchRow, 'added' | 'undisturbed'>): string =>
  added ? `${added.undisturbedP99Ms} (${undisturbed} %)` : '';

const tableOfWays = (rows: readonly BenchRow[]): string => {
  const table = tableFor(HEAD);
  for (const { what, connections, way, own, cpu, cpuToNginx = '', rateToDirect = '', ...row } of rows) {
    table.push([
      ...[what, connections, way, row.perSecond.toLocaleString('en'), rateToDirect],
      ...[(own && cpu[own]) ?? '', cpuToNginx, row.p50Ms, row.p99Ms, row.firstByteMs],
      ...[row.added?.p50Ms ?? '', row.added?.p99Ms ?? '', undisturbedOf(row), row.failed],
    ]);
  }
  return table.toString();
};

/** Microseconds a request of every process of the product, what they take when nobody calls, and the memory of the gateway's. */
const tableOfProcesses = (rows: readonly BenchRow[], idle: Readonly<Record<string, number>>): string => {
  const table = tableFor(['prompt', 'at once', 'way', ...PROCESSES, 'all µs', 'worker MiB']);
  for (const { what, connections, way, own, cpu, workerMebibytes = '' } of rows) {
    if (own !== 'gateway') continue;
    const all = Object.values(cpu).reduce((sum, its) => sum + its, 0);
    const each = PROCESSES.map((name) => cpu[name] ?? '');
    table.push([what, connections, way, ...each, Math.round(all * 10) / 10, workerMebibytes]);
  }
  const all = Object.values(idle).reduce((sum, its) => sum + its, 0);
  table.push(['idle, ms a second', '', '', ...PROCESSES.map((name) => idle[name] ?? ''), all.toFixed(1), '']);
  return table.toString();
};

/** What failed first, where anything did. */
const failuresIn = (rows: readonly BenchRow[]): readonly string[] =>
  rows.flatMap(({ what, way, firstFailure }) =>
    firstFailure === undefined ? [] : [`${what}, ${way}: ${firstFailure}`],
  );

export const tablesOf = (rows: readonly BenchRow[], idle: Readonly<Record<string, number>>): string =>
  [tableOfWays(rows), tableOfProcesses(rows, idle), ...failuresIn(rows)].join('\n');
