import {
  type Alerts,
  ALERTS_BY_DEFAULT,
  amountAt,
  INT64_MAX,
  type LimitId,
  type OrganizationId,
} from '@gatehouse/kernel';
import { maxOf, minOf } from '@gatehouse/leases';
import type { LimitInForce, Scope, Unit } from '../limit/limit-in-force';
import { type Period, periodAt, ruleOf, spellRule } from '../period/period';

/**
 * The account of one limit in one period. `closed + open` never exceeds the limit by a grant: grants test the limit,
 * facts raise `ceiling` instead of being refused.
 */
export interface LedgerRow extends Period {
  readonly limitId: LimitId;
  /** Undefined, as the unit is, in rows of before that nothing has changed since. */
  readonly organizationId: OrganizationId | undefined;
  readonly scope: Scope;
  readonly unit: Unit | undefined;
  readonly budget: boolean;
  /** The rule that `end` follows from. */
  readonly rule: string;
  /** The limit, raised or not, as the last grant found it. */
  readonly amount: bigint;
  /** Sums of closed leases: spent for good. */
  readonly closed: bigint;
  /** Caps of leases that are open or quarantined. */
  readonly open: bigint;
  /** Of `closed`: charged in doubt. */
  readonly doubt: bigint;
  /** Of `closed`: what records told of leases that the ledger has lost, when it was restored from a backup. */
  readonly recovered: bigint;
  /** Of `open`: caps of leases that fell silent. */
  readonly quarantined: bigint;
  /** How far facts have carried closed + open beyond the limit; 0 when they never did. */
  readonly ceiling: bigint;
  /** How many leases make up `open`. */
  readonly openLeases: number;
  /** At which shares somebody is told. */
  readonly alerts: Alerts;
  /** The highest of them that was told in this period of `announcedAmount`, in percent. */
  readonly announced: number;
  /** Rises with every lease granted and with everybody who comes to the limit's line; goes on in the next period. */
  readonly turn: bigint;
  readonly announcedAmount: bigint;
  /** The least that a call which was asked for in this period needed; undefined before the first. */
  readonly cheapest: bigint | undefined;
  /** What is left is less than that. */
  readonly exhausted: boolean;
  /** Calls of closed leases, and a digest of these leases. */
  readonly attempts: bigint;
  readonly digest: string;
  /** It was told that the period is closed. */
  readonly over: boolean;
  /** The request that ended the period by hand. */
  readonly resetBy: string | undefined;
  /** Spent and held in rows that a clock has opened before their time: it counts here too. Reckoned by each look, not kept. */
  readonly ahead: bigint;
}

/**
 * Of a limit's rows, in order, the latest whose period has begun; where none has, the first. A clock that was ahead for a while
 * has opened none for good: what its rows have granted is taken from the period of now.
 */
export const presentRow = (rows: readonly LedgerRow[], now: Date): LedgerRow | undefined => {
  const begun = rows.findLastIndex(({ start }) => start <= now);
  const row = rows[Math.max(0, begun)];
  const later = rows.slice(Math.max(0, begun) + 1);
  if (!row || later.length === 0) return row;
  const ahead = later.reduce((sum, { closed, open }) => sum + closed + open, 0n);
  const turn = later.reduce((most, other) => maxOf(most, other.turn), row.turn);
  return { ...row, ahead, turn };
};

/**
 * The row that a lease of now is granted in: the latest one until its period ends, then a new one, never an older one.
 * When the reset rule changed within a period, the row goes on to the end that the new rule gives it, and carries
 * what was spent.
 */
export const rowInForce = (limit: LimitInForce, latest: LedgerRow | undefined, now: Date): LedgerRow => {
  const rule = ruleOf(limit.limit);
  const amount = amountAt(limit.limit, now);
  if (!latest) return newRow(limit, amount, periodAt(rule, limit.createdAt, now), 0n);
  const end = endOf(limit, latest);
  if (end === undefined || now < end)
    return withLimit({ ...latest, end, rule: spellRule(rule) }, limit, amount);
  const next = periodAt(rule, limit.createdAt, now);
  // Under another rule the present period may have begun within the one before, which has what was spent until it ended.
  const period = next.start > end ? next : { ...next, start: end };
  return { ...newRow(limit, amount, period, latest.turn), ahead: latest.ahead };
};

/** A row of a period that is over, with the end that the rule of now gives it. */
export const endedRow = (limit: LimitInForce, latest: LedgerRow): LedgerRow => ({
  ...latest,
  end: endOf(limit, latest),
  rule: spellRule(ruleOf(limit.limit)),
});

const endOf = (limit: LimitInForce, latest: LedgerRow): Date | undefined => {
  if (latest.over || latest.resetBy !== undefined) return latest.end;
  const rule = ruleOf(limit.limit);
  const endedBefore = latest.end !== undefined && latest.end <= limit.ruleSince;
  if (latest.rule === spellRule(rule) || endedBefore) return latest.end;
  const changedAt = limit.ruleSince > latest.start ? limit.ruleSince : latest.start;
  return periodAt(rule, limit.createdAt, changedAt).end;
};

const newRow = (
  { limit, scope, organizationId }: LimitInForce,
  amount: bigint,
  { start, end }: Period,
  turn: bigint,
): LedgerRow => ({
  limitId: limit.id,
  organizationId,
  scope,
  unit: limit.unit,
  budget: limit.kind === 'budget',
  rule: spellRule(ruleOf(limit)),
  start,
  end,
  amount,
  closed: 0n,
  open: 0n,
  doubt: 0n,
  recovered: 0n,
  quarantined: 0n,
  ceiling: 0n,
  openLeases: 0,
  alerts: alertsOf(limit),
  announced: 0,
  turn,
  announcedAmount: amount,
  cheapest: undefined,
  exhausted: false,
  attempts: 0n,
  digest: '',
  over: false,
  resetBy: undefined,
  ahead: 0n,
});

const alertsOf = (limit: LimitInForce['limit']): Alerts =>
  limit.kind === 'budget' ? (limit.alerts ?? ALERTS_BY_DEFAULT) : [];

/** A limit that was lowered below what is spent and held, or whose raise has ended there, is a fact too. */
const withLimit = (
  row: LedgerRow,
  { limit, organizationId, scope }: LimitInForce,
  amount: bigint,
): LedgerRow => {
  const { unit, kind } = limit;
  return withCeiling({
    ...row,
    ...{ organizationId, scope, unit, budget: kind === 'budget', alerts: alertsOf(limit), amount },
  });
};

/** A call was asked for that needs so much; one that needs nothing is none. */
export const withNeed = (row: LedgerRow, need: bigint): LedgerRow =>
  need < 1n || (row.cheapest !== undefined && row.cheapest <= need) ? row : { ...row, cheapest: need };

/** What a grant may still take: less than nothing where a limit was lowered or a hold exceeded. */
export const freeOf = (row: LedgerRow): bigint => row.amount - row.closed - row.open - row.ahead;

/** What could be free at best, once the journals that speak have settled what they hold. */
export const reachableOf = (row: LedgerRow): bigint => row.amount - row.closed - row.quarantined - row.ahead;

export const withHold = (row: LedgerRow, cap: bigint): LedgerRow => ({
  ...row,
  open: row.open + cap,
  openLeases: row.openLeases + 1,
});

/** A part of a cap comes back. */
export const withReturn = (row: LedgerRow, less: bigint, quarantined: boolean): LedgerRow => ({
  ...row,
  open: row.open - less,
  quarantined: quarantined ? row.quarantined - less : row.quarantined,
});

export interface Closing {
  readonly cap: bigint;
  readonly charged: bigint;
  readonly doubt: bigint;
  readonly quarantined: boolean;
}

/** A lease's cap gives way to what it truly cost, which is never refused. */
export const withClosing = (row: LedgerRow, { cap, charged, doubt, quarantined }: Closing): LedgerRow => {
  const open = row.open - cap;
  // More than the wire can carry is as much as "everything": the sum stays where it can be said.
  const closed = minOf(row.closed + charged, INT64_MAX - open);
  return withCeiling({
    ...row,
    open,
    closed,
    doubt: minOf(row.doubt + doubt, closed),
    quarantined: quarantined ? row.quarantined - cap : row.quarantined,
    openLeases: row.openLeases - 1,
  });
};

/** What a lease makes of its row. */
export interface Shares {
  readonly closed: bigint;
  readonly open: bigint;
  readonly doubt: bigint;
  readonly quarantined: bigint;
  readonly leases: number;
}

/**
 * A lease's part changes, which is never refused: only who grants tests the limit. Never below nothing: what is taken out may have been
 * corrected, waived or recovered since.
 */
export const withShares = (row: LedgerRow, before: Shares, after: Shares): LedgerRow => {
  const open = row.open - before.open + after.open;
  // More than the wire can carry is as much as "everything": the sum stays where it can be said.
  const closed = minOf(maxOf(row.closed - before.closed + after.closed, 0n), INT64_MAX - open);
  return withCeiling({
    ...row,
    open,
    closed,
    doubt: minOf(maxOf(row.doubt - before.doubt + after.doubt, 0n), closed),
    quarantined: row.quarantined - before.quarantined + after.quarantined,
    openLeases: row.openLeases - before.leases + after.leases,
  });
};

/** By what was learnt later than it was charged; never below nothing. */
export const withCorrection = (row: LedgerRow, spent: bigint, doubt: bigint): LedgerRow => {
  const closed = minOf(maxOf(row.closed + spent, 0n), INT64_MAX - row.open);
  return withCeiling({ ...row, closed, doubt: minOf(maxOf(row.doubt + doubt, 0n), closed) });
};

/** Records say that at least so much was spent in the period. */
export const withRecorded = (row: LedgerRow, recorded: bigint): LedgerRow => {
  if (recorded <= row.closed) return row;
  const closed = minOf(recorded, INT64_MAX - row.open);
  return withCeiling({ ...row, closed, recovered: row.recovered + closed - row.closed });
};

/** A lost lease was heard of after all, and is about to be charged: what records had told of it is spent no second time. */
export const withHeard = (row: LedgerRow, recorded: bigint): LedgerRow => {
  const known = minOf(recorded, row.recovered);
  return known === 0n ? row : { ...row, closed: row.closed - known, recovered: row.recovered - known };
};

/** A silent lease: its cap stays charged. */
export const withSilence = (row: LedgerRow, cap: bigint): LedgerRow => ({
  ...row,
  quarantined: row.quarantined + cap,
});

/** Its journal spoke again. */
export const withVoice = (row: LedgerRow, cap: bigint): LedgerRow => ({
  ...row,
  quarantined: row.quarantined - cap,
});

const withCeiling = (row: LedgerRow): LedgerRow => {
  const charged = row.closed + row.open;
  return charged > maxOf(row.amount, row.ceiling) ? { ...row, ceiling: charged } : row;
};

/** A row's identity, for maps: of one limit, the later period has the greater key. */
export const keyOfRow = (limitId: LimitId, periodStart: Date): string =>
  `${limitId} ${periodStart.getTime()}`;
