import { fromProtoKeyRole, toProtoKeyRole } from '@gatehouse/access';
import { type Caller, fromProtoOrderBy, fromProtoPage, toProtoPageToken } from '@gatehouse/grpc';
import {
  apiKeyId,
  type CountedPage,
  isWorkspaceRole,
  type KeyedPlace,
  memberId,
  workspaceId,
} from '@gatehouse/kernel';
import { organizationOf, workspaceAskedBy } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { API_KEY_ORDERS } from '../../app/directory.ports';
import type { ApiKeyView } from '../../app/api-key/api-key.view';
import { IssueApiKeyCommand, type IssuedKey } from '../../app/api-key/issue-api-key.handler';
import { ListApiKeysQuery } from '../../app/api-key/list-api-keys.handler';
import { RevokeApiKeyCommand } from '../../app/api-key/revoke-api-key.handler';
import { type KeyReach, workspaceOfReach } from '../../domain/api-key/api-key.events';
import { toProtoLimits } from '../events/recorded-limits';
import { fromCallerKeyManager } from './key-manager-conversion';
import { ownerOf, pagingOf, ProvisioningChecks } from './request-fields';

/**
 * INVALID for faults of fields; FORBIDDEN `WORKSPACE_FORBIDDEN` where a workspace's admin names another workspace;
 * NOT_FOUND `ORGANIZATION_UNKNOWN` for a key of another organization.
 */
export const fromProtoIssueApiKeyRequest = (
  request: provisioningV1.IssueApiKeyRequest,
  caller: Caller,
): IssueApiKeyCommand => {
  const checks = new ProvisioningChecks();
  const owner = ownerOf(checks, request, caller);
  const metadata = checks.metadata(request, { caller, organizationId: owner, command: 'IssueApiKey' });
  const name = checks.name(request.name);
  const reach = fromProtoKeyReach(checks, request);
  const holder = checks.optionalId('member_id', request.memberId, memberId);
  const limits = checks.limits(request.limits);
  if (!isWorkspaceRole(reach.role) && limits.length > 0)
    checks.fault('limits', 'only keys of a workspace call models, so have limits');
  checks.done();
  workspaceAskedBy(caller, workspaceOfReach(reach));
  return new IssueApiKeyCommand(metadata, fromCallerKeyManager(caller), reach, name, holder, limits);
};

const fromProtoKeyReach = (
  checks: ProvisioningChecks,
  { role: asked, workspaceId: named }: provisioningV1.IssueApiKeyRequest,
): KeyReach => {
  const role = fromProtoKeyRole(asked);
  if (role === undefined) {
    checks.fault('role', 'must be a known role');
    return { role: 'auditor' };
  }
  if (isWorkspaceRole(role)) return { role, workspaceId: checks.id('workspace_id', named, workspaceId) };
  if (named !== '') checks.fault('workspace_id', 'is of keys of a workspace only');
  return { role };
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
  const role = fromProtoKeyRole(request.role);
  if (role === undefined && request.role !== provisioningV1.ApiKeyRole.UNSPECIFIED)
    checks.fault('role', 'must be a known role');
  if (!STATUSES.has(request.status)) checks.fault('status', 'must be a known status');
  const { pepperId } = request;
  if (pepperId !== undefined && !PEPPER_ID.test(pepperId))
    checks.fault('pepper_id', 'must be the id of a pepper');
  const selection = {
    workspaceId: checks.optionalId('workspace_id', request.workspaceId, workspaceId),
    role,
    status: STATUSES.get(request.status),
    pepperId,
    search: checks.search(request.search),
    order: fromProtoOrderBy(request.orderBy, API_KEY_ORDERS, checks),
  };
  checks.done();
  const page = fromProtoPage(request, apiKeyPaging(request));
  const seen = { ...selection, workspaceId: workspaceAskedBy(caller, selection.workspaceId) };
  return new ListApiKeysQuery(organizationOf(caller), seen, page, request.atLeastPosition);
};

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
  return new RevokeApiKeyCommand(metadata, fromCallerKeyManager(caller), id);
};

export const toProtoApiKey = ({ reach, status, ...view }: ApiKeyView): provisioningV1.ApiKey => ({
  ...view,
  workspaceId: workspaceOfReach(reach) ?? '',
  role: toProtoKeyRole(reach.role),
  memberId: view.memberId ?? '',
  status: status === 'active' ? provisioningV1.ApiKeyStatus.ACTIVE : provisioningV1.ApiKeyStatus.REVOKED,
  limits: toProtoLimits(view.limits),
});
