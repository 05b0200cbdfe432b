import { type Caller, type Cursors, fromProtoPage, RequestChecks, toProtoPageToken } from '@gatehouse/grpc';
import { limitId, type LimitId, organizationId, type OrganizationId, type Page } from '@gatehouse/kernel';
import { metadataOf, organizationOf } from '@gatehouse/platform';
import { meteringV1 } from '@gatehouse/proto-gen';
import { GetBudgetQuery } from '../../app/limit/get-budget.handler';
import type { LimitCursor, LimitFilter } from '../../app/limit/limit.ports';
import { type HeldReleased, ReleaseHeldCommand } from '../../app/limit/release-held.handler';
import { ResetBudgetCommand } from '../../app/limit/reset-budget.handler';
import { WaiveDoubtCommand } from '../../app/limit/waive-doubt.handler';
import type { Asked } from '../../domain/lease/lease.events';
import { ListLimitStatesQuery } from '../../app/limit/list-limit-states.handler';
import type { LimitStanding, LimitState } from '../../domain/ledger/limit-state';
import { LIMIT_UNITS } from '../events/limit-unit';
import { SCOPE_KINDS } from '../events/scope-kind';
import { scopeId } from './scope-id';

const CURSORS: Cursors<LimitCursor> = {
  print: ({ scopeKind, scopeId, limitId }) => [scopeKind, scopeId, limitId],
  parse: (texts) => {
    const [scopeKind = '', scopeId = '', limitId = ''] = texts;
    return texts.length === 3 ? { scopeKind, scopeId, limitId } : undefined;
  },
};

const LISTED_MAX = 100;
const PAGING = { max: 1_000, fallback: 50, cursors: CURSORS };

export const fromProtoListLimitStates = (
  request: meteringV1.ListLimitStatesRequest,
  caller: Caller,
): ListLimitStatesQuery => {
  const checks = new RequestChecks();
  if (request.scopeId !== '') {
    checks.parse(
      'scope_id',
      'must be the id of a provision, workspace, API key, integration or organization',
      () => scopeId(request.scopeId),
    );
    if (request.scopeIds.length > 0) checks.fault('scope_ids', 'must be empty beside scope_id');
  }
  if (request.scopeIds.length > LISTED_MAX) checks.fault('scope_ids', `must be at most ${LISTED_MAX}`);
  else checks.parse('scope_ids', 'must be ids of what carries limits', () => request.scopeIds.map(scopeId));
  checks.done();
  const scopeIds = request.scopeId === '' ? request.scopeIds : [request.scopeId];
  return new ListLimitStatesQuery(
    { ...seenBy(caller), ...(scopeIds.length > 0 && { scopeIds }) },
    fromProtoPage(request, PAGING),
  );
};

/** A key of a workspace sees what is its workspace's, a member's of the keys its own alone. */
const seenBy = (caller: Caller): LimitFilter => {
  const { principal } = caller;
  return {
    organizationId: organizationOf(caller),
    ...(principal.kind === 'workspaceKey' && {
      within: {
        workspaceId: principal.workspaceId,
        ...(principal.role === 'workspaceMember' && { apiKeyId: principal.keyId }),
      },
    }),
  };
};

export const fromProtoGetBudget = (
  request: meteringV1.GetBudgetRequest | meteringV1.WatchBudgetRequest,
  caller: Caller,
): GetBudgetQuery => {
  const checks = new RequestChecks();
  const id = checks.parse('limit_id', 'must be the id of a limit', () => limitId(request.limitId));
  checks.done();
  // It is used only after `done`, which throws where there was a fault.
  return new GetBudgetQuery({ ...seenBy(caller), limitId: id as LimitId });
};

const REASON = { min: 1, max: 512 };

export const fromProtoResetBudget = (
  request: meteringV1.ResetBudgetRequest,
  caller: Caller,
): ResetBudgetCommand => {
  const { budget, asked } = commandOn(request, caller, 'ResetBudget');
  return new ResetBudgetCommand(budget, asked);
};

export const fromProtoWaiveDoubt = (
  request: meteringV1.WaiveDoubtRequest,
  caller: Caller,
): WaiveDoubtCommand => {
  const { budget, asked } = commandOn(request, caller, 'WaiveDoubt');
  return new WaiveDoubtCommand(budget, asked);
};

export const fromProtoReleaseHeld = (
  request: meteringV1.ReleaseHeldRequest,
  caller: Caller,
): ReleaseHeldCommand => {
  const { budget, asked } = commandOn(request, caller, 'ReleaseHeld');
  return new ReleaseHeldCommand(budget, asked);
};

export const toProtoHeldReleased = ({
  standing,
  released,
}: HeldReleased): meteringV1.ReleaseHeldResponse => ({ ...toProtoBudget(standing), released });

/** Which budget a command is about, and who asks for it. */
const commandOn = (
  request: meteringV1.ResetBudgetRequest | meteringV1.WaiveDoubtRequest | meteringV1.ReleaseHeldRequest,
  caller: Caller,
  name: string,
): { readonly budget: GetBudgetQuery; readonly asked: Asked } => {
  const checks = new RequestChecks();
  const { requestId, reason } = checks.command(request);
  checks.text('reason', reason, REASON);
  const id = checks.parse('limit_id', 'must be the id of a limit', () => limitId(request.limitId));
  checks.done();
  const filter = seenBy(caller);
  const origin = { caller, organizationId: filter.organizationId, requestId, reason, command: name };
  const { actor, command } = metadataOf(origin);
  // It is used only after `done`, which throws where there was a fault.
  const budget = new GetBudgetQuery({ ...filter, limitId: id as LimitId });
  return { budget, asked: { actor, reason, requestId, command } };
};

export const toProtoBudget = (standing: LimitStanding): { readonly budget: meteringV1.BudgetStanding } => ({
  budget: {
    state: toProtoStandingState(standing),
    remaining: standing.remaining,
    thresholds: [...standing.alerts],
    thresholdsCrossed: [...standing.crossed],
  },
});

export async function* toProtoBudgets(
  standings: AsyncIterable<LimitStanding>,
): AsyncGenerator<meteringV1.WatchBudgetResponse> {
  for await (const standing of standings) yield toProtoBudget(standing);
}

const SCOPES_MAX = 1_000;

export const fromProtoListScopeLimitStates = (
  request: meteringV1.ListScopeLimitStatesRequest,
): ListLimitStatesQuery => {
  const { scopeIds } = request;
  const checks = new RequestChecks();
  const organization = checks.parse('organization_id', 'must be the id of an organization', () =>
    organizationId(request.organizationId),
  );
  if (scopeIds.length < 1 || scopeIds.length > SCOPES_MAX) {
    checks.fault('scope_ids', `must be 1 to ${SCOPES_MAX}`);
  }
  checks.parse('scope_ids', 'must be ids of what carries limits', () => scopeIds.map(scopeId));
  checks.done();
  // It is used only after `done`, which throws where there was a fault.
  const filter = { organizationId: organization as OrganizationId, scopeIds };
  return new ListLimitStatesQuery(filter, fromProtoPage(request, PAGING));
};

export const toProtoLimitStates = ({
  items,
  next,
}: Page<LimitStanding, LimitCursor>): meteringV1.ListLimitStatesResponse => ({
  limits: items.map(toProtoStandingState),
  nextPageToken: toProtoPageToken(next, PAGING),
});

const toProtoStandingState = (standing: LimitStanding): meteringV1.LimitState => ({
  ...toProtoLimitState(standing),
  exhausted: standing.exhausted,
});

export const toProtoLimitState = (state: LimitState): meteringV1.LimitState => ({
  limitId: state.limitId,
  scopeKind: SCOPE_KINDS[state.scope.kind],
  scopeId: state.scope.id,
  unit: LIMIT_UNITS[state.unit],
  budget: state.budget,
  limit: state.limit,
  spent: state.spent,
  held: state.held,
  doubt: state.doubt,
  quarantined: state.quarantined,
  periodStart: state.periodStart,
  resetsAt: state.resetsAt,
});
