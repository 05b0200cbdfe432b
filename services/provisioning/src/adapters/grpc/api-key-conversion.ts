import { type Caller, fromProtoOrderBy, fromProtoPage, toProtoPageToken } from '@gatehouse/grpc';
import {
  apiKeyId,
  AppError,
  type OrganizationId,
  organizationId,
  type CountedPage,
  type KeyedPlace,
  workspaceId,
} from '@gatehouse/kernel';
import { organizationOf } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { API_KEY_ORDERS } from '../../app/directory.ports';
import type { ApiKeyView } from '../../app/api-key/api-key.view';
import { IssueApiKeyCommand, type IssuedKey } from '../../app/api-key/issue-api-key.handler';
import { ListApiKeysQuery } from '../../app/api-key/list-api-keys.handler';
import { RevokeApiKeyCommand } from '../../app/api-key/revoke-api-key.handler';
import type { KeyScope } from '../../domain/api-key/api-key.events';
import { toProtoRole } from '../events/api-key.codec';
import { toProtoLimits } from '../events/recorded-limits';
import { pagingOf, ProvisioningChecks } from './request-fields';

/**
 * INVALID for faults of fields; FORBIDDEN `OPERATOR_ISSUES_ADMIN_KEYS`: the operator lets admins in, who do the rest;
 * NOT_FOUND `ORGANIZATION_UNKNOWN` for an admin's key of another organization.
 */
export const fromProtoIssueApiKeyRequest = (
  request: provisioningV1.IssueApiKeyRequest,
  caller: Caller,
): IssueApiKeyCommand => {
  const checks = new ProvisioningChecks();
  const owner = ownerOf(checks, request, caller);
  const metadata = checks.metadata(request, { caller, organizationId: owner, command: 'IssueApiKey' });
  const name = checks.name(request.name);
  const scope = fromProtoKeyScope(checks, request);
  const limits = checks.limits(request.limits);
  if (scope.role === 'admin' && limits.length > 0)
    checks.fault('limits', 'admin keys call no models, so have none');
  checks.done();
  if (caller.principal.kind === 'operator' && scope.role !== 'admin') {
    throw new AppError('FORBIDDEN', 'OPERATOR_ISSUES_ADMIN_KEYS');
  }
  return new IssueApiKeyCommand(metadata, scope, name, limits);
};

const ownerOf = (
  checks: ProvisioningChecks,
  request: provisioningV1.IssueApiKeyRequest,
  caller: Caller,
): OrganizationId => {
  if (caller.principal.kind === 'operator') {
    return checks.id('organization_id', request.organizationId, organizationId);
  }
  const own = organizationOf(caller);
  const asked = checks.optionalId('organization_id', request.organizationId, organizationId);
  if (asked !== undefined && asked !== own) throw new AppError('NOT_FOUND', 'ORGANIZATION_UNKNOWN');
  return own;
};

const fromProtoKeyScope = (
  checks: ProvisioningChecks,
  request: provisioningV1.IssueApiKeyRequest,
): KeyScope => {
  switch (request.role) {
    case provisioningV1.ApiKeyRole.ADMIN:
      if (request.workspaceId !== '') checks.fault('workspace_id', 'admin keys belong to no workspace');
      return { role: 'admin' };
    case provisioningV1.ApiKeyRole.WORKSPACE:
      return { role: 'workspace', workspaceId: checks.id('workspace_id', request.workspaceId, workspaceId) };
    case provisioningV1.ApiKeyRole.UNSPECIFIED:
    default:
      checks.fault('role', 'must be a known role');
      return { role: 'admin' };
  }
};

export const toProtoIssueApiKeyResponse = ({
  view,
  secret,
  position,
}: IssuedKey): provisioningV1.IssueApiKeyResponse => ({
  apiKey: toProtoApiKey(view),
  secret,
  position: String(position),
});

const PEPPER_ID = /^(kp_[0-9a-f]{16})?$/;

export const fromProtoListApiKeysRequest = (
  request: provisioningV1.ListApiKeysRequest,
  caller: Caller,
): ListApiKeysQuery => {
  const checks = new ProvisioningChecks();
  if (!ROLES.has(request.role)) checks.fault('role', 'must be a known role');
  if (!STATUSES.has(request.status)) checks.fault('status', 'must be a known status');
  const { pepperId } = request;
  if (pepperId !== undefined && !PEPPER_ID.test(pepperId))
    checks.fault('pepper_id', 'must be the id of a pepper');
  const selection = {
    workspaceId: checks.optionalId('workspace_id', request.workspaceId, workspaceId),
    role: ROLES.get(request.role),
    status: STATUSES.get(request.status),
    pepperId,
    search: checks.search(request.search),
    order: fromProtoOrderBy(request.orderBy, API_KEY_ORDERS, checks),
  };
  checks.done();
  const page = fromProtoPage(request, apiKeyPaging(request));
  return new ListApiKeysQuery(organizationOf(caller), selection, page, request.atLeastPosition);
};

const ROLES: ReadonlyMap<provisioningV1.ApiKeyRole, KeyScope['role'] | undefined> = new Map([
  [provisioningV1.ApiKeyRole.UNSPECIFIED, undefined],
  [provisioningV1.ApiKeyRole.ADMIN, 'admin'],
  [provisioningV1.ApiKeyRole.WORKSPACE, 'workspace'],
]);

const STATUSES: ReadonlyMap<provisioningV1.ApiKeyStatus, ApiKeyView['status'] | undefined> = new Map([
  [provisioningV1.ApiKeyStatus.UNSPECIFIED, undefined],
  [provisioningV1.ApiKeyStatus.ACTIVE, 'active'],
  [provisioningV1.ApiKeyStatus.REVOKED, 'revoked'],
]);

const apiKeyPaging = ({
  workspaceId: id,
  role,
  status,
  pepperId,
  search,
  orderBy,
}: provisioningV1.ListApiKeysRequest) => pagingOf(id, role, status, pepperId, search, orderBy);

export const toProtoListApiKeysResponse = (
  request: provisioningV1.ListApiKeysRequest,
  { items, next, totalSize }: CountedPage<ApiKeyView, KeyedPlace>,
): provisioningV1.ListApiKeysResponse => ({
  apiKeys: items.map(toProtoApiKey),
  nextPageToken: toProtoPageToken(next, apiKeyPaging(request)),
  totalSize,
});

export const fromProtoRevokeApiKeyRequest = (
  request: provisioningV1.RevokeApiKeyRequest,
  caller: Caller,
): RevokeApiKeyCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'RevokeApiKey' };
  const metadata = checks.metadata(request, origin);
  const id = checks.id('api_key_id', request.apiKeyId, apiKeyId);
  checks.done();
  return new RevokeApiKeyCommand(metadata, id);
};

export const toProtoApiKey = ({ scope, status, ...view }: ApiKeyView): provisioningV1.ApiKey => ({
  ...view,
  workspaceId: scope.role === 'workspace' ? scope.workspaceId : '',
  role: toProtoRole(scope),
  status: status === 'active' ? provisioningV1.ApiKeyStatus.ACTIVE : provisioningV1.ApiKeyStatus.REVOKED,
  limits: toProtoLimits(view.limits),
});
