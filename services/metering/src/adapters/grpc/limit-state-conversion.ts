import { type Caller, type Cursors, fromProtoPage, RequestChecks, toProtoPageToken } from '@gatehouse/grpc';
import { organizationId, type OrganizationId, type Page } from '@gatehouse/kernel';
import { organizationOf } from '@gatehouse/platform';
import { meteringV1 } from '@gatehouse/proto-gen';
import type { LimitCursor } from '../../app/limit/limit.ports';
import { ListLimitStatesQuery } from '../../app/limit/list-limit-states.handler';
import type { LimitState } from '../../domain/ledger/limit-state';
import type { Unit } from '../../domain/limit/limit-in-force';
import { SCOPE_KINDS } from '../events/scope-kind';
import { scopeId } from './scope-id';

const CURSORS: Cursors<LimitCursor> = {
  print: ({ scopeKind, scopeId, limitId }) => [scopeKind, scopeId, limitId],
  parse: (texts) => {
    const [scopeKind = '', scopeId = '', limitId = ''] = texts;
    return texts.length === 3 ? { scopeKind, scopeId, limitId } : undefined;
  },
};

const PAGING = { max: 1_000, fallback: 50, cursors: CURSORS };

export const UNITS: Readonly<Record<Unit, meteringV1.LimitUnit>> = {
  nanoUsd: meteringV1.LimitUnit.NANO_USD,
  tokens: meteringV1.LimitUnit.TOKENS,
  requests: meteringV1.LimitUnit.REQUESTS,
};

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
  }
  checks.done();
  const { principal } = caller;
  return new ListLimitStatesQuery(
    {
      organizationId: organizationOf(caller),
      ...(principal.kind === 'workspaceKey' && {
        within: {
          workspaceId: principal.workspaceId,
          ...(principal.role === 'workspaceMember' && { apiKeyId: principal.keyId }),
        },
      }),
      ...(request.scopeId !== '' && { scopeIds: [request.scopeId] }),
    },
    fromProtoPage(request, PAGING),
  );
};

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
}: Page<LimitState, LimitCursor>): meteringV1.ListLimitStatesResponse => ({
  limits: items.map(toProtoLimitState),
  nextPageToken: toProtoPageToken(next, PAGING),
});

export const toProtoLimitState = (state: LimitState): meteringV1.LimitState => ({
  limitId: state.limitId,
  scopeKind: SCOPE_KINDS[state.scope.kind],
  scopeId: state.scope.id,
  unit: UNITS[state.unit],
  budget: state.budget,
  limit: state.limit,
  spent: state.spent,
  held: state.held,
  doubt: state.doubt,
  quarantined: state.quarantined,
  periodStart: state.periodStart,
  resetsAt: state.resetsAt,
});
