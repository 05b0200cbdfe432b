import {
  type Caller,
  cursorsOf,
  demandScope,
  fromProtoOrderBy,
  fromProtoPage,
  KEYED_PLACES,
  keyOf,
  RequestChecks,
  toProtoPageToken,
} from '@gatehouse/grpc';
import { AppError, type IntegrationId, integrationId, type WorkspaceId } from '@gatehouse/kernel';
import type { DialectName, ModelAccess } from '@gatehouse/offering';
import {
  onlyWorkspaceOf,
  organizationOf,
  parsePosition,
  toProtoActor,
  workspaceAskedBy,
} from '@gatehouse/platform';
import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { ChangeIntegrationCommand } from '../../app/integration/change-integration.handler';
import {
  ConnectIntegrationCommand,
  type IntegrationAnswer,
} from '../../app/integration/connect-integration.handler';
import { DeleteIntegrationCommand } from '../../app/integration/delete-integration.handler';
import { GetIntegrationDependentsQuery } from '../../app/integration/get-integration-dependents.handler';
import { GetIntegrationQuery, type NamedIntegration } from '../../app/integration/get-integration.handler';
import type { IntegrationStanding } from '../../app/integration/integration-standing';
import type { IntegrationView } from '../../app/integration/integration-streams';
import { INTEGRATION_ORDERS } from '../../app/integration/integration.ports';
import {
  ListIntegrationSurroundingsQuery,
  type SurroundedIntegration,
} from '../../app/integration/list-integration-surroundings.handler';
import { type IntegrationPage, ListIntegrationsQuery } from '../../app/integration/list-integrations.handler';
import { ReconfigureIntegrationCommand } from '../../app/integration/reconfigure-integration.handler';
import type { ProposedCredential } from '../../app/integration/proposed-credential';
import { RotateCredentialCommand } from '../../app/integration/rotate-credential.handler';
import type { WantedSettings } from '../../app/integration/wanted-settings';
import { type DraftId, draftId } from '../../domain/draft/draft';
import type { Dependents } from '../../domain/integration/delete-integration';
import type { GivenCredential } from '../../domain/integration/provider-form';
import type { SecretUse } from '../../domain/integration/secret-uses';
import { type Slug, slug } from '../../domain/slug/slug';
import { CREDENTIAL_KIND, DIALECT, fromProtoCredentialKind, fromProtoDialect } from './provider-conversion';
import { fromProtoPolicy, fromProtoWorkspaceId, fromProtoWorkspaces } from './wanted-provision-conversion';
import { fromProtoFlatModel, toProtoFlatModel } from './integration-models-conversion';
import { toProtoHealth } from './health-conversion';
import { commandMetadata, fromProtoIntegrationId, fromProtoTarget } from './integration-target';

const SLUG_RULE = 'must be 1 to 64 of a-z, A-Z, 0-9, _ and -';
const NAME = { min: 1, max: 100 };
const DESCRIPTION = { min: 0, max: 512 };
export const fromProtoConnectIntegrationRequest = (
  request: registryV1.ConnectIntegrationRequest,
  caller: Caller,
): ConnectIntegrationCommand => {
  const byWorkspace = onlyWorkspaceOf(caller) !== undefined;
  if (byWorkspace) refuseOrganizations(request);
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'ConnectIntegration', checks);
  const name = checks.text('name', request.name, NAME);
  const parsedSlug = checks.parse('slug', SLUG_RULE, () => slug(request.slug));
  const description = checks.text('description', request.description, DESCRIPTION);
  const provider = checks.text('provider', request.provider, {
    min: request.draftId === '' ? 1 : 0,
    max: 64,
  });
  const custom = request.customModels.map((model, index) =>
    fromProtoFlatModel(model, checks, `custom_models[${index}]`),
  );
  const settings = fromProtoSettings(request, checks);
  const given = fromProtoGiven(request, checks);
  const draftId = request.draftId === '' ? undefined : fromProtoDraftId(request.draftId, checks);
  if (draftId !== undefined) checkNothingBesideDraft(request, checks);
  const workspaces = fromProtoWorkspaces(request.workspaces, checks);
  const autoProvision = fromProtoPolicy(request.autoProvision, checks);
  const owner =
    request.ownerWorkspaceId === ''
      ? undefined
      : fromProtoWorkspaceId('owner_workspace_id', request.ownerWorkspaceId, checks);
  checks.done();
  const ownerWorkspaceId = ownerAskedBy(caller, owner);
  return new ConnectIntegrationCommand(
    {
      name,
      slug: parsedSlug as Slug,
      description,
      provider,
      ...given,
      ...settings,
      deployments: request.deployments,
      workspaces,
      ownerWorkspaceId,
      autoProvision,
      byWorkspace,
      awaitWorkspaces: parsePosition(request.atLeastPosition) !== undefined,
      models: {
        custom,
        named: request.models,
        onlyNamed: request.onlyNamedModels,
        autoEnable: request.autoEnableModels,
      },
      draftId,
    },
    metadata,
  );
};

/**
 * The workspace that it is to belong to: of a workspace's key its own. FORBIDDEN `WORKSPACE_FORBIDDEN` where that names another,
 * `SCOPE_MISSING` where the key may connect no integration of that kind.
 */
const ownerAskedBy = (caller: Caller, named: WorkspaceId | undefined): WorkspaceId | undefined => {
  const owner = workspaceAskedBy(caller, named);
  if (owner === undefined) demandScope(caller.principal, 'organisation_integrations.create');
  return owner;
};

/**
 * What is the organization's is nothing for a workspace to connect with: a secret that it keeps elsewhere would go wherever the
 * workspace's integration leads. FORBIDDEN `OF_THE_ORGANIZATION`.
 */
const refuseOrganizations = ({ references, draftId }: registryV1.ConnectIntegrationRequest): void => {
  const field = Object.keys(references).length > 0 ? 'references' : draftId === '' ? undefined : 'draft_id';
  if (field) throw new AppError('FORBIDDEN', 'OF_THE_ORGANIZATION', { metadata: { field } });
};

export const fromProtoRenameIntegrationRequest = (
  request: registryV1.RenameIntegrationRequest,
  caller: Caller,
): ChangeIntegrationCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'RenameIntegration', checks);
  const { integrationId, expectedRevision } = fromProtoTarget(request, checks);
  const name = checks.text('name', request.name, NAME);
  checks.done();
  return new ChangeIntegrationCommand(
    { type: 'RenameIntegration', integrationId, name },
    expectedRevision,
    metadata,
  );
};

export const fromProtoDescribeIntegrationRequest = (
  request: registryV1.DescribeIntegrationRequest,
  caller: Caller,
): ChangeIntegrationCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'DescribeIntegration', checks);
  const { integrationId, expectedRevision } = fromProtoTarget(request, checks);
  const description = checks.text('description', request.description, DESCRIPTION);
  checks.done();
  return new ChangeIntegrationCommand(
    { type: 'DescribeIntegration', integrationId, description },
    expectedRevision,
    metadata,
  );
};

/** Of a request that says no more than which integration: to disable it, to enable it. */
export const fromProtoSwitchRequest = (
  request: registryV1.DisableIntegrationRequest | registryV1.EnableIntegrationRequest,
  caller: Caller,
  type: 'DisableIntegration' | 'EnableIntegration',
): ChangeIntegrationCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, type, checks);
  const { integrationId, expectedRevision } = fromProtoTarget(request, checks);
  checks.done();
  return new ChangeIntegrationCommand({ type, integrationId }, expectedRevision, metadata);
};

export const fromProtoRotateCredentialRequest = (
  request: registryV1.RotateCredentialRequest,
  caller: Caller,
  proposed?: ProposedCredential,
): RotateCredentialCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'RotateCredential', checks);
  const target = fromProtoTarget(request, checks);
  const given = fromProtoGiven(request, checks);
  checks.done();
  return new RotateCredentialCommand({ ...target, ...given, proposed }, metadata);
};

export const fromProtoReconfigureIntegrationRequest = (
  request: registryV1.ReconfigureIntegrationRequest,
  caller: Caller,
  proposed?: ProposedCredential,
): ReconfigureIntegrationCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'ReconfigureIntegration', checks);
  const target = fromProtoTarget(request, checks);
  const settings = fromProtoSettings(request, checks);
  const mask = fromProtoMask(request.updateMask ?? [], checks);
  const given = fromProtoGiven(request, checks);
  const isGiven = given.credential.size + given.headers.size + given.references.size > 0;
  const comes = isGiven || proposed !== undefined;
  if (isGiven && request.withoutCredential) checks.fault('without_credential', 'comes with a credential');
  if (!comes && given.expiresAt) checks.fault('credential_expires_at', 'comes with a credential');
  const named = (setting: keyof WantedSettings): boolean => mask.includes(setting);
  for (const setting of SETTINGS) {
    if (!named(setting) && !isEmptySetting(settings[setting])) {
      checks.fault(SETTING_PATHS[setting], 'is not named in update_mask');
    }
  }
  checks.done();
  const changes = Object.fromEntries(SETTINGS.filter(named).map((name) => [name, settings[name]]));
  return new ReconfigureIntegrationCommand(
    { ...target, changes, given: comes || request.withoutCredential ? { ...given, proposed } : undefined },
    metadata,
  );
};

/** By the names that an update mask has for them. */
const SETTING_PATHS: Readonly<Record<keyof WantedSettings, string>> = {
  fields: 'fields',
  customHost: 'custom_host',
  local: 'local',
  api: 'api',
  modelHosts: 'model_hosts',
  credentialKind: 'credential_kind',
};
const SETTINGS = Object.keys(SETTING_PATHS) as (keyof WantedSettings)[];

const fromProtoMask = (
  paths: readonly string[],
  checks: RequestChecks,
): readonly (keyof WantedSettings)[] => {
  const settings = SETTINGS.filter((setting) => paths.includes(SETTING_PATHS[setting]));
  if (settings.length !== paths.length) {
    checks.fault(
      'update_mask',
      `must name each of these once at the most: ${Object.values(SETTING_PATHS).join(', ')}`,
    );
  }
  return settings;
};

const isEmptySetting = (value: WantedSettings[keyof WantedSettings]): boolean =>
  value instanceof Map ? value.size === 0 : !value;

export const fromProtoSettings = (
  request:
    | registryV1.ConnectIntegrationRequest
    | registryV1.ReconfigureIntegrationRequest
    | registryV1.CreateDraftRequest,
  checks: RequestChecks,
): WantedSettings => ({
  fields: mapOf(request.fields),
  customHost: request.customHost,
  local: request.local,
  api: fromProtoDialect(request.api, 'api', checks),
  modelHosts: mapOf(request.modelHosts),
  credentialKind: fromProtoKind(request.credentialKind, checks),
});

const fromProtoKind = (kind: typeV1.CredentialKind, checks: RequestChecks): string => {
  const name = fromProtoCredentialKind(kind);
  if (name === undefined) checks.fault('credential_kind', 'must be a known kind');
  return name ?? '';
};

export const fromProtoGiven = (
  {
    credential,
    headers,
    references,
    credentialExpiresAt,
  }: Pick<registryV1.ConnectIntegrationRequest, 'credential' | 'headers' | 'references'> &
    Partial<Pick<registryV1.ConnectIntegrationRequest, 'credentialExpiresAt'>>,
  checks: RequestChecks,
): GivenCredential => ({
  credential: mapOf(credential),
  headers: mapOf(headers),
  references: fromProtoSecretUses(references, checks),
  expiresAt: checks.instant('credential_expires_at', credentialExpiresAt),
});

export const fromProtoDeleteIntegrationRequest = (
  request: registryV1.DeleteIntegrationRequest,
  caller: Caller,
): DeleteIntegrationCommand => {
  const checks = new RequestChecks();
  const metadata = commandMetadata(request, caller, 'DeleteIntegration', checks);
  const target = fromProtoTarget(request, checks);
  checks.done();
  return new DeleteIntegrationCommand({ ...target, force: request.force }, metadata);
};

export const fromProtoGetIntegrationRequest = (
  request: registryV1.GetIntegrationRequest,
  caller: Caller,
): GetIntegrationQuery => {
  const checks = new RequestChecks();
  const named = fromProtoNamed(request, checks);
  checks.done();
  return new GetIntegrationQuery(organizationOf(caller), named, request.atLeastPosition);
};

const fromProtoNamed = (
  { integrationId: id, slug: named }: registryV1.GetIntegrationRequest,
  checks: RequestChecks,
): NamedIntegration => {
  if (named === undefined) return { id: fromProtoIntegrationId(id, checks) };
  if (id !== '') checks.fault('integration_id', 'must be empty beside a slug');
  return { slug: checks.parse('slug', SLUG_RULE, () => slug(named)) as Slug };
};

export const fromProtoGetIntegrationDependentsRequest = (
  request: registryV1.GetIntegrationDependentsRequest,
  caller: Caller,
): GetIntegrationDependentsQuery => {
  const checks = new RequestChecks();
  const id = fromProtoIntegrationId(request.integrationId, checks);
  checks.done();
  return new GetIntegrationDependentsQuery(organizationOf(caller), id);
};

export const toProtoDependents = (found: Dependents): registryV1.GetIntegrationDependentsResponse => ({
  workspaces: BigInt(found.workspaces),
  apiKeys: BigInt(found.apiKeys),
  callsLast7Days: found.callsLast7Days,
});

const SURROUNDINGS_MAX = 200;

export const fromProtoListIntegrationSurroundingsRequest = (
  { integrationIds: asked }: registryV1.ListIntegrationSurroundingsRequest,
  caller: Caller,
): ListIntegrationSurroundingsQuery => {
  const checks = new RequestChecks();
  if (asked.length === 0 || asked.length > SURROUNDINGS_MAX)
    checks.fault('integration_ids', `must be 1 to ${SURROUNDINGS_MAX}`);
  const ids = asked.map((id, index) =>
    checks.parse(`integration_ids[${index}]`, 'must be the id of an integration', () => integrationId(id)),
  );
  checks.done();
  return new ListIntegrationSurroundingsQuery(organizationOf(caller), ids as IntegrationId[]);
};

export const toProtoSurroundings = ({
  view,
  workspaces,
  enabled: enabledWorkspaces,
  models,
  health,
}: SurroundedIntegration): registryV1.IntegrationSurroundings => ({
  integrationId: view.integrationId,
  ...{ workspaces, enabledWorkspaces, models },
  health: toProtoHealth(health, view),
});

export const fromProtoListIntegrationsRequest = (
  request: registryV1.ListIntegrationsRequest,
  caller: Caller,
): ListIntegrationsQuery => {
  const checks = new RequestChecks();
  const status = STATUS_FILTER.get(request.status);
  if (!STATUS_FILTER.has(request.status)) checks.fault('status', 'must be a known status');
  const selection = {
    provider: checks.text('provider', request.provider, { min: 0, max: 64 }) || undefined,
    status,
    search: checks.text('search', request.search, { min: 0, max: 100 }) || undefined,
    owner: fromProtoView(request.view, checks),
    mine: request.mine ? keyOf(caller.principal)?.keyId : undefined,
    workspaceId:
      request.workspaceId === ''
        ? undefined
        : fromProtoWorkspaceId('workspace_id', request.workspaceId, checks),
    order: fromProtoOrderBy(request.orderBy, INTEGRATION_ORDERS, checks),
  };
  checks.done();
  const page = fromProtoPage(request, pagingOf(request));
  return new ListIntegrationsQuery(organizationOf(caller), selection, page, request.atLeastPosition);
};

const STATUS_FILTER: ReadonlyMap<registryV1.IntegrationStatus, IntegrationView['status'] | undefined> =
  new Map([
    [registryV1.IntegrationStatus.UNSPECIFIED, undefined],
    [registryV1.IntegrationStatus.CONNECTING, 'connecting'],
    [registryV1.IntegrationStatus.CONNECTED, 'connected'],
    [registryV1.IntegrationStatus.DISABLED, 'disabled'],
    [registryV1.IntegrationStatus.DELETED, 'deleted'],
    [registryV1.IntegrationStatus.DELETING, 'deleting'],
  ]);

const fromProtoView = (
  view: registryV1.IntegrationListView,
  checks: RequestChecks,
): 'organization' | 'workspace' | undefined => {
  switch (view) {
    case registryV1.IntegrationListView.UNSPECIFIED:
      return undefined;
    case registryV1.IntegrationListView.CONNECTED:
      return 'organization';
    case registryV1.IntegrationListView.WORKSPACE_CREATED:
      return 'workspace';
    default:
      checks.fault('view', 'must be a known view');
      return undefined;
  }
};

/** A token belongs to the filter and the order that it was given for. */
const pagingOf = ({
  provider,
  status,
  search,
  orderBy,
  view,
  mine,
  workspaceId,
}: registryV1.ListIntegrationsRequest) => ({
  max: 200,
  fallback: 50,
  cursors: cursorsOf(
    JSON.stringify([provider, status, search, orderBy, view, mine, workspaceId]),
    KEYED_PLACES,
  ),
});

export const fromProtoDraftId = (raw: string, checks: RequestChecks): DraftId =>
  checks.parse('draft_id', 'must be the id of a draft', () => draftId(raw)) as DraftId;

/** What a draft brings is not said again: of two that differ, one would be passed over in silence. */
const checkNothingBesideDraft = (
  request: registryV1.ConnectIntegrationRequest,
  checks: RequestChecks,
): void => {
  const said = {
    provider: request.provider !== '',
    credential: Object.keys(request.credential).length > 0,
    custom_host: request.customHost !== '',
    fields: Object.keys(request.fields).length > 0,
    local: request.local,
    api: request.api !== typeV1.Dialect.UNSPECIFIED,
    headers: Object.keys(request.headers).length > 0,
    references: Object.keys(request.references).length > 0,
    model_hosts: Object.keys(request.modelHosts).length > 0,
    credential_kind: request.credentialKind !== typeV1.CredentialKind.UNSPECIFIED,
  };
  for (const [field, there] of Object.entries(said)) {
    if (there) checks.fault(field, 'must be empty beside a draft, which has its own');
  }
};

/** What an integration's provider means for it today. */
export type Standing = (view: IntegrationView) => IntegrationStanding;

export const toProtoIntegrationAnswer = (
  { integration, position: reached }: IntegrationAnswer,
  standing: Standing,
): { integration: registryV1.Integration; position: string } => ({
  integration: toProtoIntegration(integration, standing),
  position: String(reached),
});

export const toProtoListIntegrationsResponse = (
  request: registryV1.ListIntegrationsRequest,
  { items, next, totalSize }: IntegrationPage,
  standing: Standing,
): registryV1.ListIntegrationsResponse => ({
  integrations: items.map((integration) => toProtoIntegration(integration, standing)),
  nextPageToken: toProtoPageToken(next, pagingOf(request)),
  totalSize,
});

export const toProtoIntegration = (view: IntegrationView, standing: Standing): registryV1.Integration => ({
  ...toProtoStanding(standing(view)),
  health: toProtoHealth(undefined, view),
  credentialRejected: view.credentialRejected,
  id: view.integrationId,
  organizationId: view.organizationId,
  name: view.name,
  slug: view.slug,
  provider: view.provider,
  customHost: view.customHost,
  credentialVersion: view.credentialVersion,
  credentialFingerprint: view.credentialFingerprint,
  customModels: [...view.modelDecisions.customModels.values()].map(toProtoFlatModel),
  fields: view.fields,
  references: view.references,
  status: INTEGRATION_STATUS[view.status],
  keyDestroyedBy: view.keyDestroyedBy,
  revision: view.revision,
  connectedAt: view.connectedAt,
  description: view.description,
  connectedBy: toProtoActor(view.connectedBy),
  baseUrl: view.baseUrl,
  local: view.local,
  api: DIALECT[view.dialect as DialectName],
  modelHosts: view.modelHosts,
  headerNames: [...view.headerNames],
  deployments: [...view.deployments],
  ownerWorkspaceId: view.ownerWorkspaceId ?? '',
  connectRefusal: view.refusal,
  modelAccess: toProtoModelAccess(view.modelDecisions.access),
  priceMultiplier: view.modelDecisions.priceMultiplier,
});

const toProtoModelAccess = (access: ModelAccess): registryV1.ModelAccessSummary => ({
  selectedAt: access.selectedAt,
  autoEnable: access.autoEnable,
  allowed: access.allowed.size,
  revoked: access.revoked.size,
});

const toProtoStanding = ({ served, credentialNeeded, kind, externalId }: IntegrationStanding) => ({
  served,
  credentialNeeded,
  credentialKind: kind === undefined ? typeV1.CredentialKind.UNSPECIFIED : CREDENTIAL_KIND[kind],
  externalId,
});

const INTEGRATION_STATUS: Readonly<Record<IntegrationView['status'], registryV1.IntegrationStatus>> = {
  connecting: registryV1.IntegrationStatus.CONNECTING,
  connected: registryV1.IntegrationStatus.CONNECTED,
  disabled: registryV1.IntegrationStatus.DISABLED,
  deleted: registryV1.IntegrationStatus.DELETED,
  deleting: registryV1.IntegrationStatus.DELETING,
};

/** As a Map: a field named `__proto__` is a field. Its faults are the provider's to find. */
const mapOf = (fields: Readonly<Record<string, string>>): ReadonlyMap<string, string> =>
  new Map(Object.entries(fields));

/** As a Map too. */
const fromProtoSecretUses = (
  uses: Readonly<Record<string, typeV1.SecretUse>>,
  checks: RequestChecks,
): ReadonlyMap<string, SecretUse> =>
  new Map(
    Object.entries(uses).map(([field, { reference, member }]) => {
      const named = checks.parse('references', 'must name secret references by their slugs', () =>
        slug(reference),
      );
      return [field, { reference: named as Slug, member }];
    }),
  );
