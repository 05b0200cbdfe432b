import { fromProtoKeyRole, toProtoKeyRole } from '@gatehouse/access';
import { type Caller, fromProtoOrderBy, fromProtoPage, hasScope, toProtoPageToken } from '@gatehouse/grpc';
import {
  ACCESS_SCOPES,
  type AccessScope,
  apiKeyId,
  type CountedPage,
  isWorkspaceRole,
  type KeyRole,
  ROLE_SCOPES,
  type KeyedPlace,
  memberId,
  workspaceId,
} from '@gatehouse/kernel';
import { organizationOf, workspaceAskedBy } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { API_KEY_ORDERS } from '../../app/directory.ports';
import type { ApiKeyView } from '../../app/api-key/api-key.view';
import type { KeyTarget } from '../../app/api-key/api-key-streams';
import { type ApiKeyChange, ChangeApiKeyCommand } from '../../app/api-key/change-api-key.handler';
import { GetApiKeyQuery } from '../../app/api-key/get-api-key.handler';
import { IssueApiKeyCommand, type WantedHolder } from '../../app/api-key/issue-api-key.handler';
import { type ListedApiKey, ListApiKeysQuery } from '../../app/api-key/list-api-keys.handler';
import { RotateApiKeyCommand } from '../../app/api-key/rotate-api-key.handler';
import type { ToldKey } from '../../app/api-key/told-key';
import { type KeyModels, type KeyReach, workspaceOfReach } from '../../domain/api-key/api-key.events';
import type { WantedKey } from '../../domain/api-key/issue-api-key';
import { KEY_RESOURCES } from '../../domain/api-key/key-manager';
import { toProtoModelAccess } from '../events/model-access';
import { toProtoLimits } from '../events/recorded-limits';
import { fromCallerKeyManager } from './key-manager-conversion';
import { ownerOf, pagingOf, ProvisioningChecks } from './request-fields';

const { ApiKeyKind } = provisioningV1;

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
  const wanted = fromProtoWantedKey(checks, request);
  const holder = fromProtoHolder(checks, request);
  checks.done();
  workspaceAskedBy(caller, workspaceOfReach(wanted.reach));
  return new IssueApiKeyCommand(metadata, fromCallerKeyManager(caller), wanted, holder);
};

const fromProtoHolder = (
  checks: ProvisioningChecks,
  { memberId: named, kind }: provisioningV1.IssueApiKeyRequest,
): WantedHolder => {
  const id = checks.optionalId('member_id', named, memberId);
  switch (kind) {
    case ApiKeyKind.UNSPECIFIED:
      return id && { memberId: id };
    case ApiKeyKind.PERSON:
      return id === undefined ? 'caller' : { memberId: id };
    case ApiKeyKind.SERVICE:
      if (id !== undefined) checks.fault('member_id', 'must be empty for a key of a service');
      return 'nobody';
    default:
      checks.fault('kind', 'must be a known kind');
      return undefined;
  }
};

const fromProtoWantedKey = (
  checks: ProvisioningChecks,
  request: provisioningV1.IssueApiKeyRequest,
): Omit<WantedKey, 'memberId'> => {
  const reach = fromProtoKeyReach(checks, request);
  const callsModels = isWorkspaceRole(reach.role);
  const limits = checks.limits(request.limits);
  if (!callsModels && limits.length > 0)
    checks.fault('limits', 'only keys of a workspace call models, so have limits');
  if (!callsModels && request.models) checks.fault('models', 'only keys of a workspace call models');
  return {
    reach,
    name: checks.name(request.name),
    limits,
    scopes: fromProtoScopes(checks, request.scopes, reach.role),
    models: request.models ? fromProtoKeyModels(checks, request.models) : { all: true },
    expiresAt: checks.instant('expires_at', request.expiresAt),
    rotateEveryDays: fromProtoRotateEveryDays(checks, request.rotateEveryDays),
  };
};

const ROTATE_DAYS_MAX = 365;

const fromProtoRotateEveryDays = (checks: ProvisioningChecks, days: number): number => {
  if (days < 0 || days > ROTATE_DAYS_MAX)
    checks.fault('rotate_every_days', `must be 1 to ${ROTATE_DAYS_MAX}, or 0 for none`);
  return days;
};

const SCOPES: ReadonlySet<string> = new Set(ACCESS_SCOPES);

const fromProtoScopes = (
  checks: ProvisioningChecks,
  scopes: readonly string[],
  role: KeyRole,
): readonly AccessScope[] => {
  for (const [index, scope] of scopes.entries()) {
    const field = `scopes[${index}]`;
    if (!SCOPES.has(scope)) checks.fault(field, 'must be of the list of scopes');
    else if (!ROLE_SCOPES[role].has(scope as AccessScope)) checks.fault(field, 'is not of this role');
  }
  if (new Set(scopes).size < scopes.length) checks.fault('scopes', 'must not name a scope twice');
  return scopes as readonly AccessScope[];
};

const fromProtoKeyModels = (checks: ProvisioningChecks, models: provisioningV1.ModelAccess): KeyModels => {
  for (const [index, name] of models.names.entries()) {
    if (!/^@[^/]+\/./.test(name)) checks.fault(`models.names[${index}]`, 'must be named as @slug/model');
  }
  return checks.models(models);
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

/** What both an issue and a rotation answer. */
export const toProtoToldKey = ({ view, secret, position }: ToldKey): provisioningV1.IssueApiKeyResponse => ({
  apiKey: toProtoApiKey(view),
  secret,
  position: String(position),
});

export const fromProtoGetApiKeyRequest = (
  request: provisioningV1.GetApiKeyRequest,
  caller: Caller,
): GetApiKeyQuery => {
  const checks = new ProvisioningChecks();
  const id = checks.id('api_key_id', request.apiKeyId, apiKeyId);
  checks.done();
  return new GetApiKeyQuery(
    organizationOf(caller),
    id,
    fromCallerKeyManager(caller),
    request.atLeastPosition,
  );
};

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
    includeArchived: request.includeArchived,
    resources: KEY_RESOURCES.filter((kind) => hasScope(caller.principal, [`${kind}.list`])),
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
  [provisioningV1.ApiKeyStatus.EXPIRED, 'expired'],
]);

const apiKeyPaging = ({
  workspaceId: id,
  role,
  status,
  pepperId,
  search,
  orderBy,
  includeArchived,
}: provisioningV1.ListApiKeysRequest) =>
  pagingOf(id, role, status, pepperId, search, orderBy, includeArchived);

export const toProtoListApiKeysResponse = (
  request: provisioningV1.ListApiKeysRequest,
  { items, next, totalSize }: CountedPage<ListedApiKey, KeyedPlace>,
): provisioningV1.ListApiKeysResponse => ({
  apiKeys: items.map(toProtoListedApiKey),
  nextPageToken: toProtoPageToken(next, apiKeyPaging(request)),
  totalSize,
});

export const toProtoListedApiKey = ({ lastUse, ...key }: ListedApiKey): provisioningV1.ApiKey => ({
  ...toProtoApiKey(key),
  lastUsedAt: lastUse.latest?.at,
  lastUsedService: lastUse.latest?.service ?? '',
  lastUseUnknown: !lastUse.certain,
});

/** 7 days. */
const OVERLAP_SECONDS_MAX = 7 * 24 * 60 * 60;

export const fromProtoRotateApiKeyRequest = (
  request: provisioningV1.RotateApiKeyRequest,
  caller: Caller,
): RotateApiKeyCommand => {
  const checks = new ProvisioningChecks();
  const target = targetOf(checks, request, caller, 'RotateApiKey');
  const { overlapSeconds } = request;
  if (overlapSeconds < 0 || overlapSeconds > OVERLAP_SECONDS_MAX)
    checks.fault('overlap_seconds', `must be 0 to ${OVERLAP_SECONDS_MAX}`);
  const { rotateEveryDays: days } = request;
  const everyDays = days === undefined ? undefined : fromProtoRotateEveryDays(checks, days);
  checks.done();
  return new RotateApiKeyCommand(target, overlapSeconds * 1_000, everyDays);
};

export const fromProtoChangeApiKeyLimitsRequest = (
  request: provisioningV1.ChangeApiKeyLimitsRequest,
  caller: Caller,
): ChangeApiKeyCommand =>
  changeOf(request, caller, (checks) => ({
    type: 'ChangeApiKeyLimits',
    limits: checks.limits(request.limits),
  }));

export const fromProtoChangeApiKeyModelsRequest = (
  request: provisioningV1.ChangeApiKeyModelsRequest,
  caller: Caller,
): ChangeApiKeyCommand =>
  changeOf(request, caller, (checks) => {
    if (!request.models) checks.fault('models', 'is required');
    const models = request.models ? fromProtoKeyModels(checks, request.models) : ({ all: true } as const);
    return { type: 'ChangeApiKeyModels', models };
  });

export const fromProtoRevokeApiKeyRequest = (
  request: provisioningV1.RevokeApiKeyRequest,
  caller: Caller,
): ChangeApiKeyCommand => changeOf(request, caller, () => ({ type: 'RevokeApiKey' }));

const changeOf = (
  request: TargetFields,
  caller: Caller,
  read: (checks: ProvisioningChecks) => ApiKeyChange,
): ChangeApiKeyCommand => {
  const checks = new ProvisioningChecks();
  const change = read(checks);
  const target = targetOf(checks, request, caller, change.type);
  checks.done();
  return new ChangeApiKeyCommand(target, change);
};

interface TargetFields {
  readonly requestId: string;
  readonly reason: string;
  readonly apiKeyId: string;
  readonly expectedRevision?: bigint | undefined;
}

const targetOf = (
  checks: ProvisioningChecks,
  request: TargetFields,
  caller: Caller,
  command: string,
): KeyTarget => ({
  metadata: checks.metadata(request, { caller, organizationId: organizationOf(caller), command }),
  manager: fromCallerKeyManager(caller),
  apiKeyId: checks.id('api_key_id', request.apiKeyId, apiKeyId),
  expectedRevision: checks.expectedRevision(request.expectedRevision),
});

const PROTO_STATUS: Readonly<Record<ApiKeyView['status'], provisioningV1.ApiKeyStatus>> = {
  active: provisioningV1.ApiKeyStatus.ACTIVE,
  revoked: provisioningV1.ApiKeyStatus.REVOKED,
  expired: provisioningV1.ApiKeyStatus.EXPIRED,
};

export const toProtoApiKey = ({
  reach,
  status,
  earlierEndsAt,
  ...view
}: ApiKeyView): provisioningV1.ApiKey => ({
  ...view,
  workspaceId: workspaceOfReach(reach) ?? '',
  role: toProtoKeyRole(reach.role),
  memberId: view.memberId ?? '',
  status: PROTO_STATUS[status],
  limits: toProtoLimits(view.limits),
  kind: view.memberId === undefined ? provisioningV1.ApiKeyKind.SERVICE : provisioningV1.ApiKeyKind.PERSON,
  // Every key begins so, also one from before more was told.
  prefix: view.prefix || `gh_${view.id.slice('key_'.length)}`,
  scopes: [...view.scopes],
  models: toProtoModelAccess(view.models),
  earlierSecretEndsAt: earlierEndsAt,
  lastUsedService: '',
  lastUseUnknown: true,
});
