import { callsDeployments, type Deployment, isServed, tariffOf } from '@gatehouse/offering';
import type { Configuration, Integration, Key, Provision } from './configuration';
import type { Model } from './model';
import { invalidRequest, Refusal } from './refusal';

/** Where a request goes. */
export interface Route {
  readonly provision: Provision;
  readonly integration: Integration;
  readonly model: Model;
  /** By which the model is called, where its integration calls models so. */
  readonly deployment?: Deployment;
}

/** Where calls of the route's model go, path included, without a trailing slash. */
export const calledUrlOf = ({ integration, model }: Route): string =>
  integration.modelHosts.get(model.name) ?? integration.baseUrl;

/** What a request says about where it wants to go. */
export interface ModelAddress {
  /** The body's `model`; empty where it has none. */
  readonly model: string;
  /** The provider header, with or without its `@`. */
  readonly provider?: string;
}

/**
 * `@slug/model`, or `model` with the provider header, or a bare model that exactly one provision offers; where models are
 * called by their deployments, an alias stands for the model, and none at all for the default. Refused, in this order: an
 * address that contradicts itself, an unknown slug, an integration that is not provisioned to the workspace, a disabled
 * provision, one that has ended, a disabled integration, no model where one must be named, an unknown deployment, a model that is not allowed,
 * a dialect that is not served.
 */
export const resolveModel = (
  configuration: Configuration,
  key: Key,
  address: ModelAddress,
  at: Date,
): Route => {
  const route = wholeNameRoute(configuration, key, address, at) ?? routeOf(configuration, key, address, at);
  if (!isServed(route.integration.dialect)) {
    const message = `Providers of dialect '${route.integration.dialect}' are not served yet.`;
    throw new Refusal('unsupported_surface', message, { param: 'model' });
  }
  return route;
};

const routeOf = (configuration: Configuration, key: Key, address: ModelAddress, at: Date): Route => {
  const { slug, name } = addressOf(address);
  if (slug === undefined) return onlyOffer(configuration, key, name, at);
  return routeThrough(configuration, key, openAt(provisionOf(configuration, key, slug), slug, at), name);
};

/** Names of models may begin with `@` themselves: where a header names the provider, the whole name is its before it is an address. */
const wholeNameRoute = (
  configuration: Configuration,
  key: Key,
  { model, provider }: ModelAddress,
  at: Date,
): Route | undefined => {
  const slug = provider?.replace(/^@/, '');
  if (!slug || !model.startsWith('@') || model === `@${slug}` || model.startsWith(`@${slug}/`))
    return undefined;
  const provision = provisionNamed(configuration, key, slug);
  if (!provision || !isOpenAt(provision, at)) return undefined;
  const integration = configuration.integrationOf(provision.integrationId);
  if (!integration?.enabled) return undefined;
  return offerOf(configuration, key, provision, integration, model);
};

/** The models that a key may call, by the name it calls them with. */
export const callableModels = (
  configuration: Configuration,
  key: Key,
  at: Date,
): { id: string; provider: string }[] => {
  const models: { id: string; provider: string }[] = [];
  for (const provision of configuration.provisionsIn(key.workspaceId)) {
    const integration = configuration.integrationOf(provision.integrationId);
    if (!integration?.enabled || !isOpenAt(provision, at) || !isServed(integration.dialect)) continue;
    const pricedOnly = countsUsd(configuration, key, provision);
    for (const name of namesThrough(configuration, integration, provision)) {
      const slug = configuration.slugOf(provision, integration);
      if (!allowsKey(key, slug, name)) continue;
      if (!configuration.understands(key, provision, integration, name)) continue;
      if (pricedOnly && !isPriced(configuration, integration, name)) continue;
      models.push({ id: `@${slug}/${name}`, provider: integration.provider });
    }
  }
  return models.sort((a, b) => (a.id < b.id ? -1 : 1));
};

/** Whether a budget in USD bounds the calls of a key through a provision, as far as anybody said: none of them is of what is unpriced. */
const countsUsd = (configuration: Configuration, key: Key, provision: Provision): boolean => {
  const workspace = configuration.workspaceOf(key.workspaceId);
  const integrationLimits = configuration.integrationLimitsOf(provision.integrationId);
  const organization = configuration.organizationOf(key.organizationId);
  return [provision, workspace, workspace?.keyTemplate, key, integrationLimits, organization].some(
    (scoped) => typeof scoped === 'object' && scoped.usdBudget === true,
  );
};

const isPriced = (configuration: Configuration, integration: Integration, name: string): boolean => {
  const deployment = integration.deployments.get(name);
  const model = deployment
    ? configuration.deployedModelOf(integration, deployment)
    : configuration.modelOf(integration, name);
  return model !== undefined && tariffOf(model) !== undefined;
};

/** What is auto-enabled without being known is listed where the provision names it. */
const namesThrough = (
  configuration: Configuration,
  integration: Integration,
  provision: Provision,
): Iterable<string> => {
  if (callsDeployments(integration.dialect)) return aliasesThrough(configuration, integration, provision);
  return provision.allModels
    ? configuration.modelNamesOf(integration)
    : [...provision.modelNames].filter((name) => configuration.modelOf(integration, name) !== undefined);
};

const aliasesThrough = (
  configuration: Configuration,
  integration: Integration,
  provision: Provision,
): readonly string[] =>
  [...integration.deployments.values()].flatMap((deployment) =>
    allows(provision, deployment.alias) && configuration.deployedModelOf(integration, deployment)
      ? [deployment.alias]
      : [],
  );

const addressOf = ({ model, provider }: ModelAddress): { slug?: string; name: string } => {
  const headerSlug = provider?.replace(/^@/, '');
  if (!model.startsWith('@')) return { ...(headerSlug && { slug: headerSlug }), name: model };
  const slash = model.indexOf('/');
  const slug = slash < 0 ? model.slice(1) : model.slice(1, slash);
  const name = slash < 0 ? '' : model.slice(slash + 1);
  if (slug === '' || slash === model.length - 1) throw unnamed();
  if (headerSlug && headerSlug !== slug) {
    throw invalidRequest('The model and the provider header name different providers.', 'model');
  }
  return { slug, name };
};

/** A slug that means an integration is its own before it is one that a workspace gave to another provision. */
const provisionNamed = (configuration: Configuration, key: Key, slug: string): Provision | undefined => {
  const named = configuration.integrationNamed(key.organizationId, slug);
  let own: Provision | undefined;
  for (const provision of configuration.provisionsIn(key.workspaceId)) {
    const integration = configuration.integrationOf(provision.integrationId);
    if (!integration || configuration.slugOf(provision, integration) !== slug) continue;
    if (integration === named) return provision;
    own = provision;
  }
  return own;
};

const provisionOf = (configuration: Configuration, key: Key, slug: string): Provision => {
  const provision = provisionNamed(configuration, key, slug);
  if (provision) return provision;
  if (!configuration.integrationNamed(key.organizationId, slug))
    throw new Refusal('unknown_provider', `There is no provider '@${slug}'.`, { param: 'model' });
  throw new Refusal('provider_not_provisioned', `'@${slug}' is not provisioned to this workspace.`, {
    param: 'model',
  });
};

const hasEnded = ({ expiresAt }: Provision, at: Date): boolean => expiresAt !== undefined && expiresAt <= at;

const isOpenAt = (provision: Provision, at: Date): boolean => provision.enabled && !hasEnded(provision, at);

const openAt = (provision: Provision, slug: string, at: Date): Provision => {
  if (!provision.enabled) throw disabledHere();
  if (!hasEnded(provision, at)) return provision;
  throw new Refusal(
    'provision_expired',
    `This workspace had '@${slug}' until ${provision.expiresAt?.toISOString()}.`,
    {
      param: 'model',
    },
  );
};

const disabledHere = (): Refusal =>
  new Refusal('integration_disabled', 'This provider is disabled for this workspace.', { param: 'model' });

const routeThrough = (configuration: Configuration, key: Key, provision: Provision, name: string): Route => {
  const integration = configuration.integrationOf(provision.integrationId);
  if (!integration) throw disabledHere();
  if (!integration.enabled) {
    const message = `The integration '@${configuration.slugOf(provision, integration)}' is disabled.`;
    throw new Refusal('integration_disabled', message, { param: 'model' });
  }
  if (name === '' && !callsDeployments(integration.dialect)) throw unnamed();
  const offer = offerOf(configuration, key, provision, integration, name);
  if (offer) return offer;
  if (!callsDeployments(integration.dialect) || deploymentOf(integration, name)) {
    throw modelNotAllowed(name);
  }
  throw unknownDeployment(configuration.slugOf(provision, integration), name);
};

const onlyOffer = (configuration: Configuration, key: Key, name: string, at: Date): Route => {
  const offers: Route[] = [];
  for (const provision of configuration.provisionsIn(key.workspaceId)) {
    const integration = configuration.integrationOf(provision.integrationId);
    if (!integration?.enabled || !isOpenAt(provision, at)) continue;
    const offered = offerOf(configuration, key, provision, integration, name);
    if (offered) offers.push(offered);
  }
  // Who knows a model goes before who merely lets every name through.
  const knowing = offers.filter(({ model }) => model.known);
  const best = knowing.length > 0 ? knowing : offers;
  const [offer, other] = best;
  if (!offer) throw modelNotAllowed(name);
  if (other) {
    const slugs = best
      .map(({ provision, integration }) => `@${configuration.slugOf(provision, integration)}/${name}`)
      .join(', ');
    throw invalidRequest(`Several providers offer '${name}': name one of ${slugs}.`, 'model');
  }
  return offer;
};

/** Undefined where the integration has no such model, or the workspace or its key may not call it. */
const offerOf = (
  configuration: Configuration,
  key: Key,
  provision: Provision,
  integration: Integration,
  name: string,
): Route | undefined => {
  const slug = configuration.slugOf(provision, integration);
  if (!callsDeployments(integration.dialect)) {
    const model = configuration.modelOf(integration, name);
    return model && allows(provision, name) && allowsKey(key, slug, name)
      ? { provision, integration, model }
      : undefined;
  }
  const deployment = deploymentOf(integration, name);
  const model = deployment && configuration.deployedModelOf(integration, deployment);
  if (!model || !allows(provision, deployment.alias) || !allowsKey(key, slug, deployment.alias))
    return undefined;
  return { provision, integration, model, deployment };
};

/** No name means the default. */
const deploymentOf = ({ deployments }: Integration, name: string): Deployment | undefined =>
  name === '' ? [...deployments.values()].find(({ isDefault }) => isDefault) : deployments.get(name);

const unknownDeployment = (slug: string, name: string): Refusal => {
  const message = name === '' ? `'@${slug}' has no deployment.` : `'@${slug}' has no deployment '${name}'.`;
  return new Refusal('unknown_deployment', message, { param: 'model' });
};

const unnamed = (): Refusal => invalidRequest('A model is named as @slug/model.', 'model');

const allows = (provision: Provision, name: string): boolean =>
  provision.allModels || provision.modelNames.has(name);

const allowsKey = ({ models }: Key, slug: string, name: string): boolean =>
  models === undefined || models.has(`@${slug}/${name}`);

const modelNotAllowed = (name: string): Refusal =>
  new Refusal(
    'model_not_allowed',
    `The model '${name}' is not allowed in this workspace, or not for this API key.`,
    {
      param: 'model',
    },
  );
