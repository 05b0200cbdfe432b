import { readFileSync } from 'node:fs';
import type { BenchChild } from './bench-child';
import type { Case } from './gateway-cases';
import type { Way } from './gateway-ways';
import { CHAT_PATH } from './governed-team';
import type { LoadFigures, LoadOrder } from './load-callers';
import { microsecondsBetween, processorTimeOf, untilCalm } from './processor-time';

export interface Turn extends LoadFigures {
  /** Microseconds a request. */
  readonly cpu: Readonly<Record<string, number>>;
  /** The most memory that a process of the gateway has, in MiB. */
  readonly workerMebibytes: number;
}

export interface BenchRow {
  readonly row: string;
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
  readonly added?: Added;
  /** Of a rate, in hundredths of the answers: those during which the callers did not wait for their own processor. */
  readonly undisturbed?: number;
  readonly firstByteMs: number;
  readonly failed: number;
  /** The first of them, in its own words. */
  readonly firstFailure?: string;
  /** The most memory that a process of the gateway had at the end of a turn, in MiB. */
  readonly workerMebibytes?: number;
}

/** In milliseconds; by the undisturbed answers alone besides. */
export interface Added {
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly undisturbedP99Ms: number;
}

/** In MiB. */
const residentOf = (pid: number): number =>
  Math.round(Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1_024);

/** Rejects where not one answer comes. */
export const call = async (
  callers: BenchChild<LoadOrder>,
  { name, port, tls, asked }: Way,
  its: Case,
  ms: number,
): Promise<LoadFigures> => {
  const figures = await callers.ask<LoadFigures>({
    ...{ port, path: CHAT_PATH, asked, connections: its.connections, ms },
    ...(tls && { tls }),
    ...(its.perSecond !== undefined && { perSecond: its.perSecond }),
  });
  if (figures.answered === 0)
    throw new Error(`${its.row}: no answer came over ${name} (${figures.firstFailure})`);
  return figures;
};

export const pidsOf = ({ counted }: Way): readonly number[] =>
  Object.values(counted).flatMap((pids) => pids());

/** Before a turn at a given rate, in milliseconds: what a gateway that was idle asks its ledger for first would be most of a tail. */
const LEAD_IN_MS = 1_000;

/** With what is left to do behind the load: records are told, counted and kept after their requests were answered. */
export const turn = async (
  callers: BenchChild<LoadOrder>,
  way: Way,
  its: Case,
  ms: number,
): Promise<Turn> => {
  const { counted } = way;
  if (its.perSecond !== undefined) await call(callers, way, its, LEAD_IN_MS);
  const before = processorTimeOf(pidsOf(way));
  const figures = await call(callers, way, its, ms);
  await untilCalm(() => pidsOf(way), way.calm);
  const cpu = Object.entries(counted).map(([name, pids]) => {
    const own = processorTimeOf(pids());
    const since = new Map([...own.keys()].map((thread) => [thread, before.get(thread) ?? 0]));
    return [name, microsecondsBetween(since, own) / figures.answered] as const;
  });
  const workerMebibytes = Math.max(0, ...(counted['gateway']?.() ?? []).map(residentOf));
  return { ...figures, cpu: Object.fromEntries(cpu), workerMebibytes };
};

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
const hundredths = (value: number): number => Math.round(value * 100) / 100;

/** A way, and what each turn of it showed. */
export interface Turns {
  readonly way: Way;
  readonly turns: Turn[];
}

const rowOf = (its: Case, { way, turns }: Turns): BenchRow => {
  const firstFailure = turns.find((turn) => turn.firstFailure !== undefined)?.firstFailure;
  const of = (figure: (turn: Turn) => number): number => hundredths(median(turns.map(figure)));
  const { name, own, counted } = way;
  return {
    ...{ row: its.row, what: its.what, connections: its.connections, way: name },
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
    ...(its.perSecond !== undefined && {
      undisturbed: of(({ undisturbed, answered }) => (100 * undisturbed) / answered),
    }),
    failed: turns.reduce((sum, { failed }) => sum + failed, 0),
    ...(firstFailure !== undefined && { firstFailure }),
    ...(own === 'gateway' && {
      workerMebibytes: Math.max(...turns.map(({ workerMebibytes }) => workerMebibytes)),
    }),
  };
};

/** The median of the rounds' differences, since the turns of one round had the same machine. */
const addedTo = (direct: Turns, { turns }: Turns): Added => {
  const of = (figure: keyof Added): number =>
    hundredths(
      median(turns.map((turn, round) => turn[figure] - (direct.turns[round]?.[figure] ?? Number.NaN))),
    );
  return { p50Ms: of('p50Ms'), p99Ms: of('p99Ms'), undisturbedP99Ms: of('undisturbedP99Ms') };
};

/** Of the ways of one case, the direct one first. */
export const rowsOf = (its: Case, ways: readonly Turns[]): readonly BenchRow[] => {
  const rows = ways.map((way) => rowOf(its, way));
  const [direct] = ways;
  const [directRow] = rows;
  const nginx = rows.find(({ way }) => way === 'nginx')?.cpu['nginx'];
  return rows.map((row, index) => {
    const own = row.own && row.cpu[row.own];
    const way = ways[index];
    if (!directRow || !direct || !way || way === direct) return row;
    return {
      ...row,
      ...(own !== undefined && nginx !== undefined && { cpuToNginx: hundredths(own / nginx) }),
      rateToDirect: hundredths(row.perSecond / directRow.perSecond),
      ...(its.perSecond !== undefined && { added: addedTo(direct, way) }),
    };
  });
};
