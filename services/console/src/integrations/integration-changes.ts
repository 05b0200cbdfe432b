import { randomUUID } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { AppError } from '@gatehouse/kernel';
import { provisioningV1, registryV1, typeV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { awaited, shownIn } from '../adapters/grpc/shown-in';
import { Unfinished } from '../rest/repeated-creations';
import { unsupported } from '../rest/requests-in';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import { fromRestConfigurations, type GivenConfiguration } from './configurations';
import { slugFromName } from './integration-conversion';
import { provisionsOf } from './integration-workspaces';
import type { IntegrationChange, IntegrationCreation } from './integration.schema';

type Integration = registryV1.Integration;

/**
 * Connects a provider; every model is allowed, as clients of this API expect. Of a workspace's own, the workspace has it then, within
 * these limits.
 */
export const connect = async (
  control: ControlPlane,
  requestId: string,
  creation: IntegrationCreation,
  limits: typeV1.Limit[] = [],
): Promise<Pick<Integration, 'id' | 'slug'>> => {
  const { name, ai_provider_id: provider, slug, workspace_id: workspace, description } = creation;
  refuseOtherProviders(creation);
  const given = await givenBy(control, provider, creation, typeV1.CredentialKind.UNSPECIFIED);
  const ownerWorkspaceId = workspace ? await workspaceIdOf(control, workspace) : '';
  const { integration, position } = await control.integrations.connectIntegration(
    registryV1.ConnectIntegrationRequest.fromPartial({
      ...{
        requestId,
        name,
        provider,
        ownerWorkspaceId,
        description: description ?? '',
        autoEnableModels: true,
      },
      slug: slug || slugFromName(name, requestId),
      ...given,
      deployments: [...given.deployments],
      workspaces: limits.length > 0 ? [{ workspaceId: ownerWorkspaceId, limits }] : [],
    }),
  );
  const { id, slug: called } = shownIn(integration);
  await awaited(seen(control, id, position));
  if (ownerWorkspaceId !== '') await had(control, { workspaceId: ownerWorkspaceId, integrationId: id });
  return { id, slug: called };
};

/** INVALID `UNSUPPORTED` where a workspace would not be a provider of its own integration, or be one by another slug. */
const refuseOtherProviders = ({
  workspace_id: workspace,
  slug,
  create_default_provider: wanted,
  default_provider_slug: called,
}: IntegrationCreation): void => {
  if (!workspace) return;
  if (wanted === false)
    throw unsupported('create_default_provider', 'must be true: a workspace calls what it connects');
  if (called && called !== slug)
    throw unsupported('default_provider_slug', 'must be the slug of the integration');
};

const LOOKS_MAX = 200;
const LOOK_AGAIN_MS = 50;

/**
 * A workspace's own is provisioned to it by whoever hears of it. REFUSED with the reason why it cannot be, and `INTEGRATION_CONNECTING` where it takes
 * too long: whoever repeats the creation waits on.
 */
const had = async (
  control: ControlPlane,
  asked: { readonly workspaceId: string; readonly integrationId: string },
): Promise<void> => {
  const demandNotRefused = () => awaited(seen(control, asked.integrationId, '').then(demandConnected));
  if (!(await becomes(control, asked, 'there', demandNotRefused)))
    throw new Unfinished(new AppError('REFUSED', 'INTEGRATION_CONNECTING'));
};

const demandConnected = ({ connectRefusal: refusal }: Integration): void => {
  if (refusal) throw new AppError('REFUSED', refusal.reason);
};

/** Whether workspaces have an integration, or none has it any more, once those who hear of it by the bus have done so. */
const becomes = async (
  control: ControlPlane,
  asked: { readonly workspaceId?: string; readonly integrationId: string },
  what: 'there' | 'gone',
  demandPossible = () => Promise.resolve(),
): Promise<boolean> => {
  for (let looks = 0; looks < LOOKS_MAX; looks++) {
    const { provisions } = await control.provisions.listProvisions(
      provisioningV1.ListProvisionsRequest.fromPartial({ ...asked, enabled: true, pageSize: 1 }),
    );
    if (provisions.length > 0 === (what === 'there')) return true;
    await demandPossible();
    await setTimeout(LOOK_AGAIN_MS);
  }
  return false;
};

/** Each of what is said is a change of its own; what is refused most often comes first. */
export const change = async (
  control: ControlPlane,
  { id: integrationId, provider, name, description, ...standing }: Integration,
  said: IntegrationChange,
): Promise<void> => {
  const command = () => ({ requestId: randomUUID(), reason: '', integrationId });
  let position = '';
  const { integrations } = control;
  if (said.configurations || said.key || said.secret_mappings) {
    const given = await givenBy(control, provider, said, standing.credentialKind);
    if (said.configurations || said.key || !isDeepStrictEqual(given.references, standing.references))
      position = await reconfigure(control, { integrationId, standing, said }, given);
  }
  if (said.name !== undefined && said.name !== name)
    ({ position } = await integrations.renameIntegration({ ...command(), name: said.name }));
  if (said.description !== undefined && (said.description ?? '') !== description)
    ({ position } = await integrations.describeIntegration({
      ...command(),
      description: said.description ?? '',
    }));
  await seen(control, integrationId, position);
};

const givenBy = async (
  control: ControlPlane,
  name: string,
  {
    key,
    configurations,
    secret_mappings: mappings,
  }: Pick<IntegrationChange, 'key' | 'configurations' | 'secret_mappings'>,
  kind: typeV1.CredentialKind,
): Promise<GivenConfiguration> => {
  const { provider } = await control.catalog.getProvider({ name });
  return fromRestConfigurations(shownIn(provider), {
    ...{ key, configurations: configurations ?? {}, mappings: mappings ?? [], kind },
  });
};

type Standing = Pick<
  Integration,
  'references' | 'credentialKind' | 'fields' | 'customHost' | 'deployments' | 'headerNames' | 'local'
>;

/** The credential alone is rotated; with a form it is sealed anew where it goes along. Answers the position. */
const reconfigure = async (
  control: ControlPlane,
  { integrationId, standing, said }: { integrationId: string; standing: Standing; said: IntegrationChange },
  given: GivenConfiguration,
): Promise<string> => {
  const command = () => ({ requestId: randomUUID(), reason: '', integrationId });
  const { credential, headers, references } = given;
  if (!said.configurations) {
    const request = registryV1.RotateCredentialRequest.fromPartial({ ...command(), credential, references });
    return (await control.integrations.rotateCredential(request)).position;
  }
  const mask = {
    fields: true,
    custom_host: given.customHost !== standing.customHost,
    local: given.local !== standing.local && given.local,
    credential_kind: given.credentialKind !== standing.credentialKind,
  };
  const { position } = await control.integrations.reconfigureIntegration(
    registryV1.ReconfigureIntegrationRequest.fromPartial({
      ...command(),
      updateMask: Object.keys(mask).filter((name) => mask[name as keyof typeof mask]),
      fields: given.fields,
      ...(mask.custom_host && { customHost: given.customHost }),
      ...(mask.local && { local: given.local }),
      ...(mask.credential_kind && { credentialKind: given.credentialKind }),
      ...{ credential, headers, references },
    }),
  );
  return (
    (await changeDeployments(control, integrationId, standing.deployments, given.deployments)) || position
  );
};

/** As the list says; none said leaves them as they are. The default goes to another before the one that had it goes. */
const changeDeployments = async (
  control: ControlPlane,
  integrationId: string,
  standing: readonly typeV1.Deployment[],
  wanted: readonly typeV1.Deployment[],
): Promise<string> => {
  if (wanted.length === 0) return '';
  const command = () => ({ requestId: randomUUID(), reason: '', integrationId });
  const { integrations } = control;
  let position = '';
  for (const deployment of wanted) {
    const before = standing.find(({ alias }) => alias === deployment.alias);
    const request = { ...command(), deployment: { ...deployment, isDefault: false } };
    if (before === undefined) ({ position } = await integrations.addDeployment(request));
    else if (!isSame(before, deployment)) ({ position } = await integrations.changeDeployment(request));
  }
  const first = wanted.find(({ isDefault }) => isDefault);
  if (first && !standing.some(({ alias, isDefault }) => isDefault && alias === first.alias))
    ({ position } = await integrations.setDefaultDeployment({ ...command(), alias: first.alias }));
  for (const { alias } of standing.filter((one) => !wanted.some((other) => other.alias === one.alias)))
    ({ position } = await integrations.removeDeployment({ ...command(), alias }));
  return position;
};

const isSame = (one: typeV1.Deployment, other: typeV1.Deployment): boolean =>
  one.deploymentName === other.deploymentName &&
  one.apiVersion === other.apiVersion &&
  one.model === other.model;

/**
 * For good. One that a workspace has enabled is refused, as the registry refuses it; where all of them have it disabled, or it belongs
 * to one, nobody is left to ask.
 */
export const remove = async (control: ControlPlane, { id, ownerWorkspaceId }: Integration): Promise<void> => {
  const enabled = await provisionsOf(control, { integrationId: id, enabled: true });
  const { position } = await control.integrations.deleteIntegration({
    ...{ requestId: randomUUID(), reason: '', integrationId: id },
    force: ownerWorkspaceId !== '' || enabled.length === 0,
  });
  await seen(control, id, position);
  // It is deleted, however long that takes to be heard.
  await becomes(control, { integrationId: id }, 'gone');
};

/** Whoever reads next reads what was changed. */
const seen = async (
  control: ControlPlane,
  integrationId: string,
  atLeastPosition: string,
): Promise<Integration> => {
  const { integration } = await control.integrations.getIntegration({ integrationId, atLeastPosition });
  return shownIn(integration);
};
