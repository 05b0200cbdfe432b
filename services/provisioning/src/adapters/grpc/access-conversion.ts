import { type Caller, fromProtoPage, toProtoLimit, toProtoPageToken } from '@gatehouse/grpc';
import { apiKeyId, type CountedPage, type KeyedPlace, type ScopeKind, workspaceId } from '@gatehouse/kernel';
import { toProtoPrices } from '@gatehouse/offering-messages';
import { onlyWorkspaceOf, organizationOf, workspaceAskedBy } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import {
  type Calling,
  type ExplainedAccess,
  ExplainAccessQuery,
} from '../../app/access/explain-access.handler';
import {
  type AiProvider,
  type AiProviderStatus,
  ListAiProvidersQuery,
} from '../../app/access/list-ai-providers.handler';
import {
  type AvailableModel,
  ListAvailableModelsQuery,
} from '../../app/access/list-available-models.handler';
import { slugOf } from '../../domain/access/access-facts';
import { type ApplyingLimit, freeAt } from '../../domain/access/applying-limit';
import type { ModelRule, RefusalReason } from '../../domain/access/explain-route';
import { pagingOf, ProvisioningChecks } from './request-fields';

const REASONS: Readonly<Record<RefusalReason, provisioningV1.AccessReason>> = {
  keyUnknown: provisioningV1.AccessReason.KEY_UNKNOWN,
  keyRevoked: provisioningV1.AccessReason.KEY_REVOKED,
  keyExpired: provisioningV1.AccessReason.KEY_EXPIRED,
  keyScopeMissing: provisioningV1.AccessReason.KEY_SCOPE_MISSING,
  workspaceArchived: provisioningV1.AccessReason.WORKSPACE_ARCHIVED,
  providerUnknown: provisioningV1.AccessReason.PROVIDER_UNKNOWN,
  integrationConnecting: provisioningV1.AccessReason.INTEGRATION_CONNECTING,
  notProvisioned: provisioningV1.AccessReason.NOT_PROVISIONED,
  provisionDisabled: provisioningV1.AccessReason.PROVISION_DISABLED,
  provisionExpired: provisioningV1.AccessReason.PROVISION_EXPIRED,
  integrationDisabled: provisioningV1.AccessReason.INTEGRATION_DISABLED,
  modelNotOffered: provisioningV1.AccessReason.MODEL_NOT_OFFERED,
  modelNotAllowed: provisioningV1.AccessReason.MODEL_NOT_ALLOWED,
  providerNotServed: provisioningV1.AccessReason.PROVIDER_NOT_SERVED,
  modelUnpriced: provisioningV1.AccessReason.MODEL_UNPRICED,
  limitExhausted: provisioningV1.AccessReason.LIMIT_EXHAUSTED,
};

const RULES: Readonly<Record<ModelRule, provisioningV1.ModelRule>> = {
  revoked: provisioningV1.ModelRule.REVOKED,
  allowed: provisioningV1.ModelRule.ALLOWED,
  custom: provisioningV1.ModelRule.CUSTOM,
  selected: provisioningV1.ModelRule.SELECTED,
  'auto-enabled': provisioningV1.ModelRule.AUTO_ENABLED,
  'not-selected': provisioningV1.ModelRule.NOT_SELECTED,
  'named-by-provision': provisioningV1.ModelRule.NAMED_BY_PROVISION,
  'not-named-by-provision': provisioningV1.ModelRule.NOT_NAMED_BY_PROVISION,
  'not-named-by-key': provisioningV1.ModelRule.NOT_NAMED_BY_KEY,
};

const SCOPES: Readonly<Record<ScopeKind, provisioningV1.LimitScope>> = {
  provision: provisioningV1.LimitScope.PROVISION,
  workspace: provisioningV1.LimitScope.WORKSPACE,
  apiKey: provisioningV1.LimitScope.API_KEY,
  workspaceKey: provisioningV1.LimitScope.WORKSPACE_KEY,
  integration: provisioningV1.LimitScope.INTEGRATION,
  organization: provisioningV1.LimitScope.ORGANIZATION,
};

const STATUSES: Readonly<Record<AiProviderStatus, provisioningV1.AiProviderStatus>> = {
  active: provisioningV1.AiProviderStatus.ACTIVE,
  exhausted: provisioningV1.AiProviderStatus.EXHAUSTED,
  disabled: provisioningV1.AiProviderStatus.DISABLED,
  expired: provisioningV1.AiProviderStatus.EXPIRED,
};

export const fromProtoExplainAccessRequest = (
  request: provisioningV1.ExplainAccessRequest,
  caller: Caller,
): ExplainAccessQuery => {
  const checks = new ProvisioningChecks();
  const calling = callingOf(checks, request, caller);
  const slug = request.provider.replace(/^@/, '');
  checks.text('provider', slug, { min: 1, max: 100 });
  checks.text('model', request.model, { min: 0, max: 256 });
  const at = checks.instant('at', request.at);
  checks.done();
  return new ExplainAccessQuery({
    organizationId: organizationOf(caller),
    calling,
    slug,
    model: request.model,
    at,
    onlyWorkspaceId: onlyWorkspaceOf(caller),
  });
};

const callingOf = (
  checks: ProvisioningChecks,
  { of }: provisioningV1.ExplainAccessRequest,
  caller: Caller,
): Calling => {
  if (of?.$case === 'apiKeyId') {
    return { kind: 'apiKey', apiKeyId: checks.id('api_key_id', of.value, apiKeyId) };
  }
  return { kind: 'workspace', workspaceId: workspaceOf(checks, of?.value ?? '', caller) };
};

/** The one that is named, or the only one that the caller sees. */
const workspaceOf = (checks: ProvisioningChecks, named: string, caller: Caller) => {
  const asked = checks.optionalId('workspace_id', named, workspaceId);
  checks.done();
  return workspaceAskedBy(caller, asked) ?? checks.id('workspace_id', named, workspaceId);
};

export const toProtoExplainAccessResponse = ({
  refused,
  route,
  limits,
  at,
  resetsAt,
}: ExplainedAccess): provisioningV1.ExplainAccessResponse => ({
  allowed: refused === undefined,
  reason: refused ? REASONS[refused] : provisioningV1.AccessReason.ALLOWED,
  provisionId: route.provision?.id ?? '',
  modelRule: route.rule ? RULES[route.rule] : provisioningV1.ModelRule.UNSPECIFIED,
  limits: limits.map((limit) => toProtoApplyingLimit(limit, at)),
  at,
  resetsAt,
});

const toProtoApplyingLimit = (applying: ApplyingLimit, at: Date): provisioningV1.ApplyingLimit => ({
  scope: SCOPES[applying.scope.kind],
  scopeId: applying.scope.id,
  limit: toProtoLimit(applying.limit),
  left: toProtoLeft(applying, at),
});

const toProtoLeft = (applying: ApplyingLimit, at: Date): provisioningV1.ApplyingLimit['left'] => {
  const free = freeAt(applying, at);
  if (free === undefined || !applying.standing) return { $case: 'unknown', value: {} };
  const { spent, held, resetsAt, exhausted } = applying.standing;
  return { $case: 'known', value: { remaining: free > 0n ? free : 0n, spent, held, resetsAt, exhausted } };
};

export const fromProtoListAvailableModelsRequest = (
  request: provisioningV1.ListAvailableModelsRequest,
  caller: Caller,
): ListAvailableModelsQuery => {
  const { workspace, search, page } = listOf(request, caller);
  return new ListAvailableModelsQuery(organizationOf(caller), workspace, search, page);
};

export const fromProtoListAiProvidersRequest = (
  request: provisioningV1.ListAiProvidersRequest,
  caller: Caller,
): ListAiProvidersQuery => {
  const { workspace, search, page } = listOf(request, caller);
  const seesOrganization = onlyWorkspaceOf(caller) === undefined;
  return new ListAiProvidersQuery(organizationOf(caller), workspace, search, page, seesOrganization);
};

type ListRequest = provisioningV1.ListAvailableModelsRequest | provisioningV1.ListAiProvidersRequest;

const listOf = (request: ListRequest, caller: Caller) => {
  const checks = new ProvisioningChecks();
  const workspace = workspaceOf(checks, request.workspaceId, caller);
  const search = checks.search(request.search);
  checks.done();
  return { workspace, search, page: fromProtoPage(request, pagingFor(request)) };
};

const pagingFor = ({ workspaceId: workspace, search }: ListRequest) => pagingOf(workspace, search);

export const toProtoListAvailableModelsResponse = (
  request: provisioningV1.ListAvailableModelsRequest,
  { items, next, totalSize }: CountedPage<AvailableModel, KeyedPlace>,
): provisioningV1.ListAvailableModelsResponse => ({
  models: items.map(toProtoAvailableModel),
  nextPageToken: toProtoPageToken(next, pagingFor(request)),
  totalSize,
});

const toProtoAvailableModel = ({ id, provider, model }: AvailableModel): provisioningV1.AvailableModel => ({
  id,
  provider,
  prices: model.price && toProtoPrices(model.price.prices),
  contextWindow: model.contextWindow,
  maxOutputTokens: model.maxOutputTokens,
});

export const toProtoListAiProvidersResponse = (
  request: provisioningV1.ListAiProvidersRequest,
  { items, next, totalSize }: CountedPage<AiProvider, KeyedPlace>,
  at: Date,
): provisioningV1.ListAiProvidersResponse => ({
  providers: items.map((provider) => toProtoAiProvider(provider, at)),
  nextPageToken: toProtoPageToken(next, pagingFor(request)),
  totalSize,
});

const toProtoAiProvider = (
  { provider, modelCount, status, limits, resetsAt }: AiProvider,
  at: Date,
): provisioningV1.AiProvider => ({
  slug: slugOf(provider),
  name: provider.name,
  provider: provider.integration.provider,
  provisionId: provider.provision.id,
  modelCount,
  status: STATUSES[status],
  limits: limits.map((limit) => toProtoApplyingLimit(limit, at)),
  resetsAt,
});
