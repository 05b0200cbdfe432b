import type {
  Alerts,
  JournalId,
  LeaseId,
  Limit,
  LimitId,
  LimitSpec,
  NanoUsd,
  OrganizationId,
  ResetRule,
  ScopeKind,
  Weekday,
} from '@gatehouse/kernel';
import type { LedgerRow } from '../../domain/ledger/ledger-row';
import type { Lease, LeaseStatus, Slice } from '../../domain/lease/lease';
import {
  keyOfScope,
  type LimitInForce,
  type ScopeInForce,
  type Unit,
} from '../../domain/limit/limit-in-force';

export interface LedgerDbRow {
  limit_id: string;
  period_start: Date;
  period_end: Date | null;
  rule: string;
  scope_kind: ScopeKind;
  scope_id: string;
  budget: boolean;
  amount: bigint;
  closed: bigint;
  open: bigint;
  doubt: bigint;
  recovered: bigint;
  quarantined: bigint;
  ceiling: bigint;
  open_leases: number;
  announced: number;
  turn: bigint;
  organization_id: string;
  unit: Unit | null;
  /** Percents, with commas between. */
  alerts: string;
  announced_amount: bigint;
  cheapest: bigint | null;
  exhausted: boolean;
  attempts: bigint;
  digest: string;
  over: boolean;
  reset_by: string | null;
}

export const fromRowLedger = (row: LedgerDbRow): LedgerRow => ({
  limitId: row.limit_id as LimitId,
  organizationId: row.organization_id === '' ? undefined : (row.organization_id as OrganizationId),
  start: row.period_start,
  end: row.period_end ?? undefined,
  rule: row.rule,
  scope: { kind: row.scope_kind, id: row.scope_id },
  unit: row.unit ?? undefined,
  budget: row.budget,
  amount: row.amount,
  closed: row.closed,
  open: row.open,
  doubt: row.doubt,
  recovered: row.recovered,
  quarantined: row.quarantined,
  ceiling: row.ceiling,
  openLeases: row.open_leases,
  alerts: fromRowAlerts(row.alerts),
  announced: row.announced,
  turn: row.turn,
  announcedAmount: row.announced_amount,
  cheapest: row.cheapest ?? undefined,
  exhausted: row.exhausted,
  attempts: row.attempts,
  digest: row.digest,
  over: row.over,
  resetBy: row.reset_by ?? undefined,
  ahead: 0n,
});

const fromRowAlerts = (text: string): Alerts => (text === '' ? [] : text.split(',').map(Number));

export const toRowAlerts = (alerts: Alerts): string => alerts.join(',');

/** A lease with one of its slices; a lease has as many of these rows as slices. */
export interface LeaseDbRow {
  lease_id: string;
  journal_id: string;
  ask_id: string;
  organization_id: string;
  status: LeaseStatus;
  deadline: Date;
  admit_until: Date | null;
  returns: bigint;
  /** What follows is nothing before the lease is closed, and not read for decisions. */
  count?: bigint;
  sum_nano_usd?: bigint;
  sum_tokens?: bigint;
  sum_requests?: bigint;
  doubt_nano_usd?: bigint;
  doubt_tokens?: bigint;
  doubt_requests?: bigint;
  limit_id: string;
  period_start: Date;
  unit: Unit;
  cap: bigint;
  charged: bigint;
}

/** Rows of one lease together, in order of limit id. */
export const fromRowsLeases = (rows: readonly LeaseDbRow[]): readonly Lease[] => {
  const leases = new Map<string, Lease & { slices: Slice[] }>();
  for (const row of rows) {
    const lease = leases.get(row.lease_id) ?? fromRowLease(row);
    leases.set(row.lease_id, lease);
    lease.slices.push({
      limitId: row.limit_id as LimitId,
      periodStart: row.period_start,
      unit: row.unit,
      cap: row.cap,
      charged: row.charged,
    });
  }
  return [...leases.values()];
};

const fromRowLease = (row: LeaseDbRow): Lease & { slices: Slice[] } => ({
  id: row.lease_id as LeaseId,
  askId: row.ask_id,
  journalId: row.journal_id as JournalId,
  organizationId: row.organization_id as OrganizationId,
  status: row.status,
  deadline: row.deadline,
  admitUntil: row.admit_until ?? undefined,
  returns: row.returns,
  count: row.count ?? 0n,
  sum: {
    nanoUsd: row.sum_nano_usd ?? 0n,
    tokens: row.sum_tokens ?? 0n,
    requests: row.sum_requests ?? 0n,
  },
  doubt: {
    nanoUsd: row.doubt_nano_usd ?? 0n,
    tokens: row.doubt_tokens ?? 0n,
    requests: row.doubt_requests ?? 0n,
  },
  slices: [],
});

/** A scope with one of its limits, or with none (`limit_id` null). */
export interface ScopeDbRow {
  scope_kind: ScopeKind;
  scope_id: string;
  organization_id: string;
  revision: bigint;
  limit_id: string | null;
  unit: Unit;
  amount: bigint;
  /** A reset period of a budget, the window of a rate limit. */
  period: 'never' | 'weekly' | 'monthly' | 'days' | 'minute' | 'hour' | 'day';
  every_days: number;
  /** On which day weeks begin, and where days do; empty: on Sunday, and in UTC. */
  weekday: Weekday | '';
  time_zone: string;
  strict: boolean;
  /** Percents, with commas between; null where the limit does not say. */
  alerts: string | null;
  created_at: Date;
  rule_since: Date;
  raise_more: bigint | null;
  raise_until: Date | null;
  expires_at: Date | null;
}

export const fromRowsScopes = (rows: readonly ScopeDbRow[]): readonly ScopeInForce[] => {
  const scopes = new Map<string, ScopeInForce & { limits: LimitInForce[] }>();
  for (const row of rows) {
    const named = { kind: row.scope_kind, id: row.scope_id };
    const scope = scopes.get(keyOfScope(named)) ?? {
      scope: named,
      organizationId: row.organization_id as OrganizationId,
      revision: row.revision,
      limits: [],
      ...(row.expires_at && { expiresAt: row.expires_at }),
    };
    scopes.set(keyOfScope(named), scope);
    if (row.limit_id !== null) scope.limits.push(fromRowLimit(row, row.limit_id as LimitId));
  }
  return [...scopes.values()];
};

const fromRowLimit = (row: ScopeDbRow, id: LimitId): LimitInForce => ({
  limit: limitOf(row, id),
  organizationId: row.organization_id as OrganizationId,
  scope: { kind: row.scope_kind, id: row.scope_id },
  createdAt: row.created_at,
  ruleSince: row.rule_since,
});

const limitOf = (row: ScopeDbRow, id: LimitId): Limit => ({ ...specOf(row), id, ...raiseOf(row) });

const raiseOf = ({ raise_more: more, raise_until: until }: ScopeDbRow): Pick<Limit, 'raise'> =>
  more === null || until === null ? {} : { raise: { more, until } };

const specOf = (row: ScopeDbRow): LimitSpec => {
  const { unit, amount, period, strict } = row;
  if (period === 'minute' || period === 'hour' || period === 'day') {
    return { kind: 'rate', unit: unit === 'requests' ? 'requests' : 'tokens', amount, window: period };
  }
  const reset = resetOf(row, period);
  const alerts = row.alerts === null ? {} : { alerts: fromRowAlerts(row.alerts) };
  return unit === 'nanoUsd'
    ? { kind: 'budget', unit, amount: amount as NanoUsd, reset, strict, ...alerts }
    : { kind: 'budget', unit: 'tokens', amount, reset, strict, ...alerts };
};

const resetOf = (
  { every_days: everyDays, weekday, time_zone }: ScopeDbRow,
  period: ResetRule['period'],
): ResetRule => {
  const zone = time_zone === '' ? {} : { timeZone: time_zone };
  switch (period) {
    case 'never':
      return { period };
    case 'monthly':
      return { period, ...zone };
    case 'weekly':
      return { period, ...(weekday !== '' && { weekday }), ...zone };
    case 'days':
      return { period, everyDays, ...zone };
  }
};
