import type {
  ApiKeyId,
  IntegrationId,
  OrganizationId,
  ProvisionId,
  WorkspaceId,
  SecretLocator,
} from '@gatehouse/kernel';
import {
  deployedModel,
  type Deployment,
  type ModelDecisions,
  type OfferedModel,
  offeredModel,
  offeredNames,
  type PublishedModels,
} from '@gatehouse/offering';
import { boundedModel, type Model } from './model';
import { type SharedChange, SharedConfiguration } from './shared-configuration';

export interface Integration {
  readonly id: IntegrationId;
  readonly organizationId: OrganizationId;
  readonly slug: string;
  readonly provider: string;
  readonly dialect: string;
  readonly baseUrl: string;
  /** Base URLs of models that are somewhere else, by name. */
  readonly modelHosts: ReadonlyMap<string, string>;
  /** 0 when it has none. */
  readonly credentialVersion: number;
  /** By alias; of those whose models are called by their deployments, and none of others. */
  readonly deployments: ReadonlyMap<string, Deployment>;
  readonly modelDecisions: ModelDecisions;
  readonly enabled: boolean;
}

/** What limits hang on: metering is asked under the revision that the gateway knows. */
export interface Scoped {
  readonly revision: bigint;
  readonly limited: boolean;
  /** Whether a budget in USD is among its limits; absent where nobody said. */
  readonly usdBudget?: boolean | undefined;
}

export interface Organization extends Scoped {
  readonly id: OrganizationId;
}

/** A cap over all provisions of an integration. */
export interface IntegrationLimits extends Scoped {
  /** Of the entry: the integration has another. */
  readonly id: string;
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
}

export interface Workspace extends Scoped {
  readonly id: WorkspaceId;
  readonly organizationId: OrganizationId;
  readonly archived: boolean;
  /** By which each of its keys has limits of its own; absent where there never was one. */
  readonly keyTemplate?: Scoped;
  /** What its usage is counted by where a request does not say otherwise. */
  readonly defaultMetadata: Readonly<Record<string, string>>;
}

export interface Provision extends Scoped {
  readonly id: ProvisionId;
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly integrationId: IntegrationId;
  readonly enabled: boolean;
  readonly allModels: boolean;
  readonly modelNames: ReadonlySet<string>;
  /** From then on nothing is admitted; absent where it does not end by itself. */
  readonly expiresAt?: Date;
}

/** A provision that its workspace calls by a slug of its own. */
export interface ProvisionName {
  /** Of the entry: the provision has another. */
  readonly id: string;
  readonly provisionId: ProvisionId;
  readonly slug: string;
}

export interface Key extends Scoped {
  readonly id: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  /** HMAC-SHA256 of its newest secret, hex. */
  readonly hash: string;
  /** The secret that the newest one replaced, and until when it works on. */
  readonly earlier?: { readonly hash: string; readonly endsAt: Date };
  /** What it may; empty: all that its role allows, calling models among it. */
  readonly scopes: ReadonlySet<string>;
  /** When it ends by itself. */
  readonly expiresAt?: Date;
  /** Those that it may call of what its workspace may, as `@slug/model`. Absent: all. */
  readonly models?: ReadonlySet<string>;
}

/** An organization's name for a secret that it keeps elsewhere. */
export interface SecretReference {
  readonly id: string;
  readonly organizationId: OrganizationId;
  readonly slug: string;
  readonly locator: SecretLocator;
}

/** An entry of the configuration, or its absence. */
export type ConfigurationChange =
  | { readonly kind: 'integration'; readonly value: Integration }
  | { readonly kind: 'organization'; readonly value: Organization }
  | { readonly kind: 'integrationLimits'; readonly value: IntegrationLimits }
  | { readonly kind: 'workspace'; readonly value: Workspace }
  | { readonly kind: 'provision'; readonly value: Provision }
  | { readonly kind: 'provisionName'; readonly value: ProvisionName }
  | { readonly kind: 'key'; readonly value: Key }
  | { readonly kind: 'secretReference'; readonly value: SecretReference }
  | { readonly kind: 'shared'; readonly value: SharedChange }
  /** There is one, and nobody here knows what it says. */
  | { readonly kind: 'unreadable'; readonly id: string }
  | { readonly kind: 'gone'; readonly id: string };

/** The id of a reference's entry. */
export const secretReferenceId = (organizationId: OrganizationId, slug: string): string =>
  `reference:${organizationId}/${slug}`;

/** The id of the entry of an integration's limits. */
export const integrationLimitsId = (integrationId: IntegrationId): string => `limits:${integrationId}`;

const NAMES = 'name:';

/** The id of the entry of what a provision is called. */
export const provisionNameId = (provisionId: ProvisionId): string => NAMES + provisionId;

/** The models of an integration, joined of its decisions and what was listed in one generation. */
interface Joined {
  readonly generation: number;
  readonly models: Map<string, Model>;
}

const slugKey = (organizationId: OrganizationId, slug: string): string => `${organizationId}/${slug}`;

const hashesOf = ({ hash, earlier }: Key): readonly string[] => (earlier ? [hash, earlier.hash] : [hash]);

const WITHOUT_LIMITS: Scoped = { revision: 0n, limited: false };

/** What the gateway knows, with the look-ups that a request needs. All of them are from memory. */
export class Configuration {
  /** What all organizations share: the catalog and the price book. */
  readonly shared = new SharedConfiguration();
  private readonly integrations = new Map<string, Integration>();
  private readonly organizations = new Map<string, Organization>();
  private hearsOfOrganizations = false;
  /** By the id of the entry, which is made of the integration's. */
  private readonly integrationLimits = new Map<string, IntegrationLimits>();
  /** Ids of entries that say what nobody here understands. */
  private readonly unreadable = new Set<string>();
  /** By the id of an entry that needs more than is known here: the id of what it governs. */
  private readonly beyond = new Map<string, string>();
  private readonly workspaces = new Map<string, Workspace>();
  private readonly provisions = new Map<string, Provision>();
  /** Slugs of provisions that have their own, by the provisions' ids. */
  private readonly ownSlugs = new Map<string, ProvisionName>();
  private readonly keys = new Map<string, Key>();
  /** By id, which is made of organization and slug. */
  private readonly secretReferences = new Map<string, SecretReference>();
  private readonly integrationsBySlug = new Map<string, Integration>();
  private readonly keysByHash = new Map<string, Key>();
  /** Of organizations, workspaces and integrations that have, or had, provisions. */
  private readonly ids = new Map<string, string>();
  private readonly provisionsByWorkspace = new Map<string, Map<string, Provision>>();
  /** Joined when they are asked for, and kept as long as what they were joined of. */
  private readonly joined = new WeakMap<Integration, Joined>();
  private changes = 0;

  /** Another one after every change: what was found at one generation holds as long as it stands. */
  get generation(): number {
    return this.changes;
  }

  apply(change: ConfigurationChange): void {
    this.changes++;
    this.nowReadable(change);
    switch (change.kind) {
      case 'integration':
        this.forget(change.value.id);
        this.integrations.set(change.value.id, change.value);
        this.integrationsBySlug.set(slugKey(change.value.organizationId, change.value.slug), change.value);
        return;
      case 'organization':
        this.hearsOfOrganizations = true;
        return void this.organizations.set(change.value.id, change.value);
      case 'integrationLimits':
        return void this.integrationLimits.set(change.value.id, change.value);
      case 'workspace':
        return void this.workspaces.set(change.value.id, change.value);
      case 'provision':
        this.forget(change.value.id);
        return this.applyProvision(change.value);
      case 'provisionName':
        return void this.ownSlugs.set(change.value.provisionId, change.value);
      case 'key':
        this.forget(change.value.id);
        this.keys.set(change.value.id, change.value);
        for (const hash of hashesOf(change.value)) this.keysByHash.set(hash, change.value);
        return;
      case 'secretReference':
        return void this.secretReferences.set(change.value.id, change.value);
      case 'shared':
        return this.shared.apply(change.value);
      case 'unreadable':
        this.unreadable.add(change.id);
        this.shared.forget(change.id);
        return this.forget(change.id);
      case 'gone':
        this.shared.forget(change.id);
        return this.forget(change.id);
    }
  }

  private applyProvision(provision: Provision): void {
    const kept = {
      ...provision,
      organizationId: this.oneOf(provision.organizationId),
      workspaceId: this.oneOf(provision.workspaceId),
      integrationId: this.oneOf(provision.integrationId),
    };
    this.provisions.set(kept.id, kept);
    this.provisionsOf(kept.workspaceId).set(kept.id, kept);
  }

  /** The same text for each that names it: thousands of provisions are of one workspace or integration, and come each with its own. */
  private oneOf<Id extends string>(id: Id): Id {
    const known = this.ids.get(id);
    if (known === undefined) this.ids.set(id, id);
    return (known ?? id) as Id;
  }

  private nowReadable(change: ConfigurationChange): void {
    if ('id' in change) this.unreadable.delete(change.id);
    else if ('id' in change.value) this.unreadable.delete(change.value.id);
  }

  /** Of an entry that was applied: what it governs, where it needs more than is known here. */
  noteGovernedBeyond(entryId: string, governed: string | undefined): void {
    this.changes++;
    if (governed === undefined) this.beyond.delete(entryId);
    else this.beyond.set(entryId, governed);
  }

  /** Whether any entry needs more than is known here. */
  get isBeyond(): boolean {
    return this.beyond.size > 0;
  }

  /** Whether this gateway understands all that governs the calls of a key through a provision to a model. */
  understands(key: Key, provision: Provision, { id, provider }: Integration, model: string): boolean {
    if (!this.isBeyond) return true;
    const governed = new Set(this.beyond.values());
    return ![
      ...[key.id, key.workspaceId, key.organizationId, provision.id, provisionNameId(provision.id)],
      ...[id, integrationLimitsId(id), `provider:${provider}`, 'pricebook'],
      ...[`model:${provider}/${model}`, `price:${provider}/${model}`],
    ].some((governing) => governed.has(governing));
  }

  /** The key that a secret is of, by its hash; undefined where key or secret have ended by then. */
  keyOf(hash: string, at: Date): Key | undefined {
    const key = this.keysByHash.get(hash);
    if (!key || (key.expiresAt && key.expiresAt <= at)) return undefined;
    const works = key.hash === hash || (key.earlier && key.earlier.endsAt > at);
    return works ? key : undefined;
  }

  /**
   * Undefined where it is not known yet. A provisioning of before organizations had limits tells of none of them: they have
   * none then, and the gateway, which is upgraded first, goes on serving.
   */
  organizationOf(id: OrganizationId): Scoped | undefined {
    return this.hearsOfOrganizations ? this.organizations.get(id) : WITHOUT_LIMITS;
  }

  /** Undefined where the integration never had limits, `unknown` where it has some that nobody here understands. */
  integrationLimitsOf(id: IntegrationId): IntegrationLimits | 'unknown' | undefined {
    const entry = integrationLimitsId(id);
    return this.unreadable.has(entry) ? 'unknown' : this.integrationLimits.get(entry);
  }

  workspaceOf(id: WorkspaceId): Workspace | undefined {
    return this.workspaces.get(id);
  }

  integrationOf(id: IntegrationId): Integration | undefined {
    return this.integrations.get(id);
  }

  integrationNamed(organizationId: OrganizationId, slug: string): Integration | undefined {
    return this.integrationsBySlug.get(slugKey(organizationId, slug));
  }

  /** The slug by which a workspace calls a provision: its own, or the integration's. */
  slugOf({ id }: Provision, integration: Integration): string {
    return this.ownSlugs.get(id)?.slug ?? integration.slug;
  }

  secretReferenceNamed(organizationId: OrganizationId, slug: string): SecretReference | undefined {
    const id = secretReferenceId(organizationId, slug);
    return [...this.beyond.values()].includes(id) ? undefined : this.secretReferences.get(id);
  }

  /** The model of this name as an integration offers it; undefined where it does not. */
  modelOf(integration: Integration, name: string): Model | undefined {
    return this.join(integration, name, (published) =>
      offeredModel(name, integration.modelDecisions, published),
    );
  }

  /** The model behind a deployment; undefined where its alias is not offered. */
  deployedModelOf(integration: Integration, deployment: Deployment): Model | undefined {
    return this.join(integration, deployment.alias, (published) =>
      deployedModel(deployment, integration.modelDecisions, published),
    );
  }

  /** The names of all models that an integration offers and knows. */
  modelNamesOf({ modelDecisions, provider }: Integration): readonly string[] {
    return offeredNames(modelDecisions, this.shared.listedOf(provider));
  }

  allIntegrations(): Iterable<Integration> {
    return this.integrations.values();
  }

  provisionsIn(workspaceId: WorkspaceId): Iterable<Provision> {
    return this.provisionsByWorkspace.get(workspaceId)?.values() ?? [];
  }

  private provisionsOf(workspaceId: WorkspaceId): Map<string, Provision> {
    const known = this.provisionsByWorkspace.get(workspaceId) ?? new Map<string, Provision>();
    this.provisionsByWorkspace.set(workspaceId, known);
    return known;
  }

  private join(
    integration: Integration,
    name: string,
    offered: (published: PublishedModels) => OfferedModel | undefined,
  ): Model | undefined {
    const { models } = this.joinedOf(integration);
    const kept = models.get(name);
    if (kept) return kept;
    const joined = offered(this.shared.listedOf(integration.provider));
    const model = joined && boundedModel(joined);
    // What is auto-enabled without being known has as many names as callers think of: these are not kept.
    if (model?.known) models.set(name, model);
    return model;
  }

  private joinedOf(integration: Integration): Joined {
    const { generation } = this.shared.listedOf(integration.provider);
    const kept = this.joined.get(integration);
    if (kept?.generation === generation) return kept;
    const joined = { generation, models: new Map<string, Model>() };
    this.joined.set(integration, joined);
    return joined;
  }

  /** Ids are unique over all kinds, by their prefix. */
  private forget(id: string): void {
    const integration = this.integrations.get(id);
    if (integration) {
      const key = slugKey(integration.organizationId, integration.slug);
      // The slug may be another integration's by now: a deleted one frees it.
      if (this.integrationsBySlug.get(key)?.id === id) this.integrationsBySlug.delete(key);
    }
    const provision = this.provisions.get(id);
    if (provision) this.provisionsOf(provision.workspaceId).delete(id);
    if (id.startsWith(NAMES)) this.ownSlugs.delete(id.slice(NAMES.length));
    const key = this.keys.get(id);
    for (const hash of key ? hashesOf(key) : []) {
      if (this.keysByHash.get(hash)?.id === id) this.keysByHash.delete(hash);
    }
    for (const entries of [
      this.integrations,
      this.organizations,
      this.integrationLimits,
      this.workspaces,
      this.provisions,
      this.keys,
      this.secretReferences,
    ])
      entries.delete(id);
  }
}
