import Table from 'cli-table3';
import { sumOf } from './books';
import { forgottenOf, shortOf, type Violation } from './check-books';
import type { RunResult } from './run';

/** A kind of fault that this machine does not allow. */
export interface NotRun {
  readonly kind: string;
  readonly because: string;
}

/** What a run came to; amounts are decimal strings of nano-USD. */
export interface Report {
  readonly seed: number;
  readonly minutes: number;
  readonly seconds: number;
  readonly gateways: number;
  readonly clients: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly notRun: readonly NotRun[];
  readonly requests: number;
  readonly answered: number;
  readonly left: number;
  readonly broken: number;
  readonly refused: Readonly<Record<string, number>>;
  readonly limits: number;
  readonly billed: { readonly attempts: number; readonly nanoUsd: string };
  readonly recorded: {
    readonly attempts: number;
    readonly nanoUsd: string;
    readonly unknown: number;
    readonly estimated: number;
    /** By how much estimates were below what was billed, together. */
    readonly shortNanoUsd: string;
    readonly doubtNanoUsd: string;
  };
  readonly quarantined: { readonly leases: number; readonly nanoUsd: string };
  /** Attempts whose journal was deleted, and that have no record. */
  readonly lost: { readonly attempts: number; readonly nanoUsd: string };
  /** Leases in USD that a restored ledger forgot, of journals whose entries were deleted: of what was lost nothing covers so much. */
  readonly forgottenNanoUsd: string;
  /** By how much limits in USD are over, together. */
  readonly overNanoUsd: string;
  readonly violations: readonly Violation[];
}

interface Circumstances {
  readonly seed: number;
  readonly minutes: number;
  readonly gateways: number;
  readonly clients: number;
  readonly kinds: readonly string[];
  readonly notRun: readonly NotRun[];
}

export const reportOf = (
  { seconds, struck, told, books, violations }: RunResult,
  { kinds, ...circumstances }: Circumstances,
): Report => {
  const { billed, recorded, quarantines, limits, losses } = books;
  const known = new Set(recorded.map(({ id }) => id));
  const lost = billed.filter(({ id }) => losses.attempts.has(id) && !known.has(id));
  const units = new Map(limits.map(({ id, unit }) => [id, unit]));
  const inUsd = quarantines.filter(({ limitId }) => units.get(limitId) === 'nanoUsd');
  const over = limits
    .filter(({ unit }) => unit === 'nanoUsd')
    .map(({ amount, teams }) => {
      const own = new Set(teams);
      return sumOf(billed, ({ team, nanoUsd }) => (own.has(team) ? nanoUsd : 0n)) - amount;
    });
  return {
    ...circumstances,
    seconds,
    faults: Object.fromEntries(kinds.map((kind) => [kind, struck.get(kind) ?? 0])),
    requests: told.requests,
    answered: told.answered.size,
    left: told.left,
    broken: told.broken,
    refused: Object.fromEntries(told.refused),
    limits: limits.length,
    billed: { attempts: billed.length, nanoUsd: String(sumOf(billed, ({ nanoUsd }) => nanoUsd)) },
    recorded: {
      attempts: recorded.length,
      nanoUsd: String(sumOf(recorded, ({ nanoUsd }) => nanoUsd ?? 0n)),
      unknown: recorded.filter(({ outcome }) => outcome === 'unknown').length,
      estimated: recorded.filter(({ estimated }) => estimated).length,
      shortNanoUsd: String(shortOf({ unit: 'nanoUsd' }, billed, recorded)),
      doubtNanoUsd: String(sumOf(recorded, ({ doubtNanoUsd }) => doubtNanoUsd)),
    },
    quarantined: { leases: quarantines.length, nanoUsd: String(sumOf(inUsd, ({ amount }) => amount)) },
    lost: { attempts: lost.length, nanoUsd: String(sumOf(lost, ({ nanoUsd }) => nanoUsd)) },
    forgottenNanoUsd: String(
      sumOf(limits, (limit) => (limit.unit === 'nanoUsd' ? forgottenOf(books, limit) : 0n)),
    ),
    overNanoUsd: String(sumOf(over, (amount) => (amount > 0n ? amount : 0n))),
    violations,
  };
};

const LISTED = 20;

/** As people read it. */
export const tablesOf = (report: Report): string => {
  const plain = { style: { head: [], border: [] } };
  const faults = new Table({ ...plain, head: ['fault', 'struck'], colAligns: ['left', 'right'] });
  faults.push(...Object.entries(report.faults));
  faults.push(...report.notRun.map(({ kind, because }) => [kind, `NOT RUN: ${because}`]));
  const figures = new Table({
    ...plain,
    head: ['', 'count', 'nano-USD'],
    colAligns: ['left', 'right', 'right'],
  });
  const { requests, answered, left, broken, refused, billed, recorded, quarantined, lost } = report;
  figures.push(
    ['requests', requests, ''],
    ['answered whole', answered, ''],
    ['clients left', left, ''],
    ['broken off or unreached', broken, ''],
    ...Object.entries(refused).map(([code, count]) => [`refused: ${code}`, count, '']),
    ['limits', report.limits, ''],
    ['billed by the provider', billed.attempts, billed.nanoUsd],
    ['recorded', recorded.attempts, recorded.nanoUsd],
    ['of these estimated', recorded.estimated, ''],
    ['estimated too low, by', '', recorded.shortNanoUsd],
    ['of these in doubt', recorded.unknown, recorded.doubtNanoUsd],
    ['in quarantine, leases', quarantined.leases, quarantined.nanoUsd],
    ['lost with deleted journals', lost.attempts, lost.nanoUsd],
    ['forgotten by the ledger too', '', report.forgottenNanoUsd],
    ['over limits', '', report.overNanoUsd],
  );
  return [faults.toString(), figures.toString(), verdictOf(report)].join('\n');
};

const verdictOf = ({ violations, seed, seconds }: Report): string => {
  if (violations.length === 0) return `no violation in ${seconds} s (GATEHOUSE_TEST_SEED=${seed})`;
  const listed = violations.slice(0, LISTED).map(({ rule, detail }) => `  ${rule}: ${detail}`);
  const more = violations.length > LISTED ? [`  and ${violations.length - LISTED} more`] : [];
  return [
    `${violations.length} VIOLATIONS; GATEHOUSE_TEST_SEED=${seed} strikes the same faults again:`,
    ...listed,
    ...more,
  ].join('\n');
};
