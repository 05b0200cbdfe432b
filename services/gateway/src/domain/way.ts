import type { LeaseScope } from '@gatehouse/leases';
import type { Configuration, Key, Scoped } from './configuration';
import type { Callee, Dialect } from './dialects/dialect';
import { dialectNamed, PASSAGES } from './passages';
import type { Passage } from './passages/passage';
import { type Quirks, quirksOfModel, quirksOfVersion } from './quirks';
import { Refusal } from './refusal';
import { calledUrlOf, type ModelAddress, resolveModel, type Route } from './resolve-model';
import type { Surface } from './surfaces/surface';

/** Where an operation of a provider is. */
export interface Place {
  /** Below the base URL, query included. */
  readonly path: string;
  /** All of it. */
  readonly url: string;
}

/** Which way a call goes: all that is decided of it by who calls what on which surface, and by the configuration. */
export class Way {
  readonly callee: Callee;
  /** Path included, without a trailing slash. */
  readonly baseUrl: string;
  /** Names the model of the integration in what is learnt of answers. */
  readonly modelId: string;
  private readonly places = new Map<string, Place>();
  private limited: readonly LeaseScope[] | undefined;

  constructor(
    readonly route: Route,
    readonly dialect: Dialect,
    readonly passage: Passage,
    quirks: Quirks,
    private readonly configuration: Configuration,
    private readonly key: Key,
  ) {
    const { deployment, model, integration } = route;
    this.callee = { name: deployment?.deploymentName ?? model.name, deployment, quirks };
    this.baseUrl = calledUrlOf(route);
    this.modelId = `${integration.id}/${model.name}`;
  }

  /**
   * All whose limits may apply to the call; none where nothing is limited, as far as this gateway knows. Where something is, all
   * are named: the ledger may know of a limit that the gateway has not heard of. Throws Refusal `limits_unavailable`.
   */
  get scopes(): readonly LeaseScope[] {
    return (this.limited ??= limitedScopes(this.configuration, this.key, this.route));
  }

  /** @param operation as its passage names it: each has few. */
  placeOf(operation: string): Place {
    const known = this.places.get(operation);
    if (known) return known;
    const path = this.dialect.pathOf(operation, this.callee);
    const place = { path, url: this.baseUrl + path };
    this.places.set(operation, place);
    return place;
  }
}

/** How a call is addressed, and on which surface. */
export interface Addressed extends ModelAddress {
  readonly surface: Surface;
}

/**
 * Throws Refusal as `resolveModel` does; `limits_unavailable` where more governs the call than this gateway understands;
 * `unsupported_surface`.
 *
 * @param withoutStreamOptions integrations whose servers were found not to know them, whatever the catalog says.
 */
export const wayOf = (
  configuration: Configuration,
  key: Key,
  addressed: Addressed,
  at: Date,
  withoutStreamOptions: Pick<ReadonlySet<string>, 'has'>,
): Way => {
  const route = resolveModel(configuration, key, addressed, at);
  const { provision, integration, model } = route;
  if (!configuration.understands(key, provision, integration, model.name)) throw notUnderstood();
  const dialect = dialectNamed(integration.dialect);
  const passage = dialect && PASSAGES[addressed.surface.name][dialect.name];
  if (!passage) {
    const message = `'@${configuration.slugOf(provision, integration)}' cannot be called this way: it speaks '${integration.dialect}'.`;
    throw new Refusal('unsupported_surface', message, { param: 'model' });
  }
  const quirks = quirksFor(route, dialect, configuration.shared.quirksOf(integration.provider));
  const refused = withoutStreamOptions.has(integration.id);
  const served = refused ? { ...quirks, streamOptions: false } : quirks;
  return new Way(route, dialect, passage, served, configuration, key);
};

const notUnderstood = (): Refusal =>
  new Refusal('limits_unavailable', 'This call is governed by what this gateway is too old to understand.', {
    retryAfterSeconds: 1,
  });

/** What is peculiar to what is called: the language goes before the model, and that before its provider. */
const quirksFor = ({ deployment, model }: Route, { outputLimit }: Dialect, provider: Quirks): Quirks => {
  const quirks = quirksOfVersion(provider, deployment?.apiVersion);
  const served = model.serving ? quirksOfModel(quirks, model.serving) : quirks;
  return outputLimit === undefined ? served : quirksOfModel(served, { outputLimit });
};

const limitsUnknown = (whose: string): Refusal =>
  new Refusal('limits_unavailable', `The limits of the ${whose} are not known yet.`, {
    retryAfterSeconds: 1,
  });

const limitedScopes = (
  configuration: Configuration,
  key: Key,
  { provision, integration }: Route,
): readonly LeaseScope[] => {
  const workspace = configuration.workspaceOf(key.workspaceId);
  const organization = configuration.organizationOf(key.organizationId);
  const integrationLimits = configuration.integrationLimitsOf(integration.id);
  // Unknown is not unlimited.
  if (!workspace) throw limitsUnknown('workspace');
  if (!organization) throw limitsUnknown('organization');
  if (integrationLimits === 'unknown') throw limitsUnknown('integration');
  const scopes: LeaseScope[] = [];
  let limited = false;
  const add = (kind: LeaseScope['kind'], id: string, scoped: Scoped | undefined): void => {
    if (!scoped) return;
    scopes.push({ kind, id, revision: scoped.revision });
    limited ||= scoped.limited;
  };
  // Metering looks at its end too, by the clock that counts.
  add('provision', provision.id, {
    revision: provision.revision,
    limited: provision.limited || provision.expiresAt !== undefined,
  });
  add('workspace', key.workspaceId, workspace);
  add('apiKey', key.id, key);
  add('workspaceKey', key.id, workspace.keyTemplate);
  add('integration', integration.id, integrationLimits);
  add('organization', key.organizationId, organization);
  return limited ? scopes : [];
};
