import { RequestChecks } from '@gatehouse/grpc';
import { limitId, type LimitId, organizationId, type OrganizationId } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { Exchange, Exchanged } from '../../app/journal/exchange.handler';
import type { LeaseNotice } from '../../app/journal/notice-board';
import type { WatchLeases } from '../../app/journal/watch-leases';
import type { AskSlices, GrantedLease, SliceAnswer, SliceGrant } from '../../domain/journal/slices';
import type { BeginJournal, Begun } from '../../domain/journal/begin-journal';
import type { CloseLeases, LeaseFinal } from '../../domain/journal/close-leases';
import type { LeaseReport } from '../../domain/journal/report-leases';
import type { ScopeAt } from '../../domain/limit/limit-in-force';
import type { Unit } from '../../domain/limit/limit-in-force';
import { SCOPE_KINDS } from '../events/scope-kind';
import {
  amountsOf,
  incarnationOf,
  journalOf,
  leastFaults,
  scopesIn,
  scopesOf,
  toProtoDenial,
} from './lease-conversion';
import { fromProtoLimitUnit, LIMIT_UNITS } from '../events/limit-unit';
import { toProtoLimitState } from './limit-state-conversion';

/** Of finals and reports together, of asks and of withdrawals, and of wishes in one ask. */
const SAID_MAX = 2_048;
const ASKS_MAX = 256;
const UNLIMITED_MAX = 1_024;
const WISHES_MAX = 64;
const WAIT_MS_MAX = 600_000;

export const fromProtoBeginJournal = (request: meteringV1.BeginJournalRequest): BeginJournal => {
  const checks = new RequestChecks();
  const journalId = journalOf(request.journalId, checks);
  incarnationOf(request.incarnation, checks);
  const { incarnation, lastLease } = request;
  atLeast(0n, { last_lease: lastLease }, checks);
  const acknowledged = acknowledgedOf(request, checks);
  const recoveredAt = checks.instant('recovered_at', request.recoveredAt);
  checks.done();
  return { type: 'BeginJournal', journalId, incarnation, lastLease, acknowledged, recoveredAt };
};

const ACKNOWLEDGED_MAX = 8_192;

const acknowledgedOf = (
  { acknowledged }: meteringV1.BeginJournalRequest,
  checks: RequestChecks,
): BeginJournal['acknowledged'] => {
  let before = 0n;
  const inOrder = acknowledged.every(({ first, last }) => {
    const follows = before < first && first <= last;
    before = last;
    return follows;
  });
  if (!inOrder) checks.fault('acknowledged', 'each begins after the one before, and with 1 at the earliest');
  if (acknowledged.length > ACKNOWLEDGED_MAX) checks.fault('acknowledged', `at most ${ACKNOWLEDGED_MAX}`);
  return acknowledged;
};

export const toProtoBegun = ({ leases, lastLease, restored }: Begun): meteringV1.BeginJournalResponse => ({
  leases: leases.map(({ number, organizationId, limitId, periodStart, unit, cap }) => ({
    number,
    organizationId,
    limitId,
    periodStart,
    unit: LIMIT_UNITS[unit],
    cap,
  })),
  lastLease,
  restored,
});

export const fromProtoWatchLeases = (request: meteringV1.WatchLeasesRequest): Omit<WatchLeases, 'signal'> => {
  const checks = new RequestChecks();
  const journalId = journalOf(request.journalId, checks);
  incarnationOf(request.incarnation, checks);
  checks.done();
  return { journalId, incarnation: request.incarnation };
};

export async function* toProtoNotices(
  notices: AsyncIterable<LeaseNotice>,
): AsyncGenerator<meteringV1.WatchLeasesResponse> {
  for await (const notice of notices) yield { notice: toProtoNotice(notice) };
}

const toProtoNotice = (notice: LeaseNotice): meteringV1.WatchLeasesResponse['notice'] => {
  switch (notice.kind) {
    case 'scopesChanged':
      return { $case: 'changed', value: { scopes: notice.scopes.map(toProtoScopeRef) } };
    case 'answered': {
      const { askId, answer } = notice;
      return { $case: 'answered', value: { askId, answer: toProtoSliceAnswer(answer) } };
    }
    case 'wanted': {
      const { limits } = notice;
      return { $case: 'wanted', value: { limitIds: [...limits.keys()], turns: [...limits.values()] } };
    }
    case 'calm':
    case 'room':
      return { $case: notice.kind, value: { limitIds: [...notice.limitIds] } };
  }
};

export const fromProtoExchange = (request: meteringV1.ExchangeRequest): Exchange => {
  const checks = new RequestChecks();
  const journalId = journalOf(request.journalId, checks);
  const { incarnation, acknowledgedBelow, lastLease, recordsUntold } = request;
  const { finals, reports, withdrawn, asks, unlimitedScopes } = request;
  incarnationOf(incarnation, checks);
  atLeast(0n, { acknowledged_below: acknowledgedBelow, last_lease: lastLease }, checks);
  if (finals.length + reports.length > SAID_MAX)
    checks.fault('reports', `must be, with finals, at most ${SAID_MAX}`);
  if (withdrawn.length > ASKS_MAX) checks.fault('withdrawn', `must be at most ${ASKS_MAX}`);
  if (asks.length > ASKS_MAX) checks.fault('asks', `must be at most ${ASKS_MAX}`);
  if (unlimitedScopes.length > UNLIMITED_MAX)
    checks.fault('unlimited_scopes', `must be at most ${UNLIMITED_MAX}`);
  checks.done();
  const closing: CloseLeases = {
    type: 'CloseLeases',
    ...{ journalId, acknowledgedBelow, lastLease, recordsUntold },
    finals: finals.map((final, index) => finalOf(final, `finals[${index}]`, checks)),
  };
  const unlimited = scopesIn('unlimited_scopes', unlimitedScopes, checks);
  const said = reports.map((report, index) => reportOf(report, `reports[${index}]`, checks));
  withdrawn.forEach((askId, index) => checks.text(`withdrawn[${index}]`, askId, { min: 1, max: 128 }));
  const asked = asks.map((ask, index): AskSlices => ({
    type: 'AskSlices',
    ...{ journalId, incarnation },
    ...askOf(ask, `asks[${index}]`, checks),
  }));
  checks.done();
  return {
    closing,
    report: { type: 'ReportLeases', journalId, incarnation, reports: said, unlimited },
    withdrawal: { type: 'WithdrawAsks', journalId, incarnation, askIds: withdrawn },
    asks: asked,
  };
};

const finalOf = (final: meteringV1.LeaseFinal, field: string, checks: RequestChecks): LeaseFinal => {
  const { number, cap, count, sum, doubt, periodStart } = final;
  const unit = fromProtoLimitUnit(final.unit);
  if (!unit) checks.fault(`${field}.unit`, 'must be a known unit');
  if (!periodStart) checks.fault(`${field}.period_start`, 'is required');
  settledOf(field, { number, cap, count, sum, doubt }, checks);
  return {
    organizationId: checks.parse(`${field}.organization_id`, 'must be an organization id', () =>
      organizationId(final.organizationId),
    ) as OrganizationId,
    limitId: limitOf(final.limitId, `${field}.limit_id`, checks),
    periodStart: periodStart as Date,
    unit: unit as Unit,
    ...{ number, cap, count, sum, doubt },
  };
};

const reportOf = (report: meteringV1.LeaseReport, field: string, checks: RequestChecks): LeaseReport => {
  const { number, sequence, cap, count, sum, doubt } = report;
  atLeast(1n, { [`${field}.sequence`]: sequence }, checks);
  settledOf(field, { number, cap, count, sum, doubt }, checks);
  return { number, sequence, cap, count, sum, doubt };
};

const settledOf = (
  field: string,
  { number, cap, count, sum, doubt }: Pick<LeaseReport, 'number' | 'cap' | 'count' | 'sum' | 'doubt'>,
  checks: RequestChecks,
): void => {
  atLeast(1n, { [`${field}.number`]: number }, checks);
  atLeast(
    0n,
    { [`${field}.cap`]: cap, [`${field}.count`]: count, [`${field}.sum`]: sum, [`${field}.doubt`]: doubt },
    checks,
  );
  if (doubt > sum) checks.fault(`${field}.doubt`, 'must be at most the sum');
};

const askOf = (
  ask: meteringV1.SliceAsk,
  field: string,
  checks: RequestChecks,
): Omit<AskSlices, 'type' | 'journalId' | 'incarnation'> => {
  checks.text(`${field}.ask_id`, ask.askId, { min: 1, max: 128 });
  const organization = checks.parse(`${field}.organization_id`, 'must be an organization id', () =>
    organizationId(ask.organizationId),
  );
  const scopes = scopesOf(ask.scopes, checks);
  const want = amountsOf(ask.want, `${field}.want`, checks);
  const least = amountsOf(ask.least, `${field}.least`, checks);
  leastFaults(want, least, field, checks);
  if (ask.waitMs < 0 || ask.waitMs > WAIT_MS_MAX)
    checks.fault(`${field}.wait_ms`, `must be 0 to ${WAIT_MS_MAX}`);
  if (ask.wishes.length > WISHES_MAX) checks.fault(`${field}.wishes`, `must be at most ${WISHES_MAX}`);
  return {
    askId: ask.askId,
    organizationId: organization as OrganizationId,
    ...{ scopes, want, least },
    unpriced: ask.want?.unpriced ?? false,
    waitMs: ask.waitMs,
    wishes: new Map(
      ask.wishes.map(({ limitId: id, want: wish }, index) => {
        atLeast(0n, { [`${field}.wishes[${index}].want`]: wish }, checks);
        return [limitOf(id, `${field}.wishes[${index}].limit_id`, checks), wish];
      }),
    ),
  };
};

const limitOf = (raw: string, field: string, checks: RequestChecks): LimitId =>
  checks.parse(field, 'must be a limit id', () => limitId(raw)) as LimitId;

const atLeast = (least: bigint, fields: Readonly<Record<string, bigint>>, checks: RequestChecks): void => {
  for (const [field, value] of Object.entries(fields)) {
    if (value < least)
      checks.fault(field, least === 0n ? 'must not be negative' : `must be at least ${least}`);
  }
};

export const toProtoExchanged = ({
  closed,
  reported,
  answers,
  wanted,
}: Exchanged): meteringV1.ExchangeResponse => ({
  answers: answers.map(toProtoSliceAnswer),
  gone: [...reported.gone],
  recalled: [...reported.recalled],
  unlimitedStill: [...reported.unlimitedStill],
  validForMs: BigInt(reported.validForMs),
  wantedLimitIds: [...wanted.keys()],
  wantedTurns: [...wanted.values()],
  recoveredAt: closed.recoveredAt,
  restored: closed.restored,
});

export const toProtoSliceAnswer = (answer: SliceAnswer): meteringV1.SliceAnswer => {
  switch (answer.kind) {
    case 'slices':
      return { outcome: { $case: 'grant', value: toProtoSliceGrant(answer) } };
    case 'denial':
      return { outcome: { $case: 'denial', value: toProtoDenial(answer) } };
    case 'waiting': {
      const { ahead, denial } = answer;
      return { outcome: { $case: 'waiting', value: { ahead, limit: toProtoLimitState(denial.limit) } } };
    }
    case 'notSeen':
      return { outcome: { $case: 'notSeen', value: {} } };
    case 'expired':
      return { outcome: { $case: 'expired', value: { scopeId: answer.scope.id } } };
    case 'refused':
      return { outcome: { $case: 'refused', value: { reason: answer.reason } } };
  }
};

const toProtoSliceGrant = (grant: SliceGrant): meteringV1.SliceGrant => ({
  leases: grant.leases.map(toProtoGranted),
  scopes: grant.scopes.map(toProtoScopeRef),
  covered: grant.covered.map(toProtoLimitState),
  validForMs: BigInt(grant.validForMs),
});

const toProtoGranted = (lease: GrantedLease): meteringV1.GrantedLease => ({
  number: lease.number,
  limit: toProtoLimitState(lease.limit),
  cap: lease.cap,
  validForMs: BigInt(lease.validForMs),
  endsInMs: lease.endsInMs === undefined ? undefined : BigInt(lease.endsInMs),
  strict: lease.strict,
  turn: lease.turn,
});

const toProtoScopeRef = ({ scope, revision }: ScopeAt): meteringV1.ScopeRef => ({
  kind: SCOPE_KINDS[scope.kind],
  id: scope.id,
  revision,
});
