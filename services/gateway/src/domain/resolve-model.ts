import type { Configuration, Integration, Key, Model, Provision } from './configuration';
import { invalidRequest, Refusal } from './refusal';

/** Where a request goes. */
export interface Route {
  readonly provision: Provision;
  readonly integration: Integration;
  readonly model: Model;
}

/** Where calls of the route's model go, path included, without a trailing slash. */
export const calledUrlOf = ({ integration, model }: Route): string =>
  integration.modelHosts.get(model.name) ?? integration.baseUrl;

/** What a request says about where it wants to go. */
export interface ModelAddress {
  /** The body's `model`. */
  readonly model: string;
  /** The provider header, with or without its `@`. */
  readonly provider?: string;
}

/** The dialects whose answers this gateway can read. */
const DIALECTS: ReadonlySet<string> = new Set(['openai']);

/**
 * `@slug/model`, or `model` with the provider header, or a bare model that exactly one provision offers. Refused, in
 * this order: an address that contradicts itself, an unknown slug, an integration that is not provisioned to the
 * workspace, a disabled provision, a disabled integration, a model that is not allowed, a dialect that is not served.
 */
export const resolveModel = (configuration: Configuration, key: Key, address: ModelAddress): Route => {
  const { slug, name } = addressOf(address);
  const route =
    slug === undefined
      ? onlyOffer(configuration, key, name)
      : routeThrough(configuration, provisionOf(configuration, key, slug), name);
  if (!DIALECTS.has(route.integration.dialect)) {
    const message = `Providers of dialect '${route.integration.dialect}' are not served yet.`;
    throw new Refusal('unsupported_parameter', message, { param: 'model' });
  }
  return route;
};

/** The models that a key may call, by the name it calls them with. */
export const callableModels = (
  configuration: Configuration,
  key: Key,
): { id: string; provider: string }[] => {
  const models: { id: string; provider: string }[] = [];
  for (const provision of configuration.provisionsIn(key.workspaceId)) {
    const integration = configuration.integrationOf(provision.integrationId);
    if (!integration?.enabled || !provision.enabled || !DIALECTS.has(integration.dialect)) continue;
    for (const name of integration.models.keys()) {
      if (allows(provision, name)) {
        models.push({ id: `@${integration.slug}/${name}`, provider: integration.provider });
      }
    }
  }
  return models.sort((a, b) => (a.id < b.id ? -1 : 1));
};

const addressOf = ({ model, provider }: ModelAddress): { slug?: string; name: string } => {
  const headerSlug = provider?.replace(/^@/, '');
  if (!model.startsWith('@')) return { ...(headerSlug && { slug: headerSlug }), name: model };
  const slash = model.indexOf('/');
  const slug = slash < 0 ? model.slice(1) : model.slice(1, slash);
  const name = slash < 0 ? '' : model.slice(slash + 1);
  if (slug === '' || name === '') throw invalidRequest('A model is named as @slug/model.', 'model');
  if (headerSlug && headerSlug !== slug) {
    throw invalidRequest('The model and the provider header name different providers.', 'model');
  }
  return { slug, name };
};

const provisionOf = (configuration: Configuration, key: Key, slug: string): Provision => {
  const integration = configuration.integrationNamed(key.organizationId, slug);
  if (!integration)
    throw new Refusal('unknown_provider', `There is no provider '@${slug}'.`, { param: 'model' });
  for (const provision of configuration.provisionsIn(key.workspaceId)) {
    if (provision.integrationId === integration.id) return provision;
  }
  throw new Refusal('provider_not_provisioned', `'@${slug}' is not provisioned to this workspace.`, {
    param: 'model',
  });
};

const routeThrough = (configuration: Configuration, provision: Provision, name: string): Route => {
  const integration = configuration.integrationOf(provision.integrationId);
  if (!integration || !provision.enabled) {
    throw new Refusal('integration_disabled', 'This provider is disabled for this workspace.', {
      param: 'model',
    });
  }
  if (!integration.enabled) {
    const message = `The integration '@${integration.slug}' is disabled.`;
    throw new Refusal('integration_disabled', message, { param: 'model' });
  }
  const model = integration.models.get(name);
  if (!model || !allows(provision, name)) throw modelNotAllowed(name);
  return { provision, integration, model };
};

const onlyOffer = (configuration: Configuration, key: Key, name: string): Route => {
  const offers: Route[] = [];
  for (const provision of configuration.provisionsIn(key.workspaceId)) {
    const integration = configuration.integrationOf(provision.integrationId);
    const model = integration?.models.get(name);
    if (integration?.enabled && model && provision.enabled && allows(provision, name)) {
      offers.push({ provision, integration, model });
    }
  }
  const [offer, other] = offers;
  if (!offer) throw modelNotAllowed(name);
  if (other) {
    const slugs = offers.map(({ integration }) => `@${integration.slug}/${name}`).join(', ');
    throw invalidRequest(`Several providers offer '${name}': name one of ${slugs}.`, 'model');
  }
  return offer;
};

const allows = (provision: Provision, name: string): boolean =>
  provision.allModels || provision.modelNames.has(name);

const modelNotAllowed = (name: string): Refusal =>
  new Refusal('model_not_allowed', `The model '${name}' is not allowed in this workspace.`, {
    param: 'model',
  });
