import type { Deployment } from '@gatehouse/offering';
import type {
  ApiKeyId,
  IntegrationId,
  NanoUsdPerMillion,
  OrganizationId,
  ProvisionId,
  WorkspaceId,
} from '@gatehouse/kernel';
import { type SharedChange, SharedConfiguration } from './shared-configuration';

/** A model as an integration offers it. An absent price is unknown. */
export interface Model {
  readonly name: string;
  readonly inputPrice?: NanoUsdPerMillion;
  readonly outputPrice?: NanoUsdPerMillion;
  readonly cachedInputPrice?: NanoUsdPerMillion;
  readonly cacheWritePrice?: NanoUsdPerMillion;
  /** Tokens of one choice. */
  readonly maxOutputTokens: number;
  /** Tokens, input plus output. */
  readonly contextWindow: number;
}

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
  readonly models: ReadonlyMap<string, Model>;
  /** By alias; of those whose models are called by their deployments, and none of others. */
  readonly deployments: ReadonlyMap<string, Deployment>;
  readonly enabled: boolean;
}

/** What limits hang on: metering is asked under the revision that the gateway knows. */
export interface Scoped {
  readonly revision: bigint;
  readonly limited: boolean;
}

export interface Workspace extends Scoped {
  readonly id: WorkspaceId;
  readonly organizationId: OrganizationId;
}

export interface Provision extends Scoped {
  readonly id: ProvisionId;
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  readonly integrationId: IntegrationId;
  readonly enabled: boolean;
  readonly allModels: boolean;
  readonly modelNames: ReadonlySet<string>;
}

export interface Key extends Scoped {
  readonly id: ApiKeyId;
  readonly organizationId: OrganizationId;
  readonly workspaceId: WorkspaceId;
  /** HMAC-SHA256 of the key, hex. */
  readonly hash: string;
}

/** An organization's name for a secret that it keeps elsewhere. */
export interface SecretReference {
  readonly id: string;
  readonly organizationId: OrganizationId;
  readonly slug: string;
  readonly locator: SecretLocator;
}

/** Where the secret is. */
export type SecretLocator =
  | { readonly kind: 'environment'; readonly variable: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'aws-secrets-manager'; readonly region: string; readonly name: string }
  | { readonly kind: 'hashicorp-vault'; readonly mount: string; readonly path: string };

/** An entry of the configuration, or its absence. */
export type ConfigurationChange =
  | { readonly kind: 'integration'; readonly value: Integration }
  | { readonly kind: 'workspace'; readonly value: Workspace }
  | { readonly kind: 'provision'; readonly value: Provision }
  | { readonly kind: 'key'; readonly value: Key }
  | { readonly kind: 'secretReference'; readonly value: SecretReference }
  | { readonly kind: 'shared'; readonly value: SharedChange }
  | { readonly kind: 'gone'; readonly id: string };

/** The id of a reference's entry. */
export const secretReferenceId = (organizationId: OrganizationId, slug: string): string =>
  `reference:${organizationId}/${slug}`;

const slugKey = (organizationId: OrganizationId, slug: string): string => `${organizationId}/${slug}`;

/** What the gateway knows, with the look-ups that a request needs. All of them are from memory. */
export class Configuration {
  /** What all organizations share: the catalog and the price book. */
  readonly shared = new SharedConfiguration();
  private readonly integrations = new Map<string, Integration>();
  private readonly workspaces = new Map<string, Workspace>();
  private readonly provisions = new Map<string, Provision>();
  private readonly keys = new Map<string, Key>();
  /** By id, which is made of organization and slug. */
  private readonly secretReferences = new Map<string, SecretReference>();
  private readonly integrationsBySlug = new Map<string, Integration>();
  private readonly keysByHash = new Map<string, Key>();
  private readonly provisionsByWorkspace = new Map<string, Map<string, Provision>>();

  apply(change: ConfigurationChange): void {
    switch (change.kind) {
      case 'integration':
        this.forget(change.value.id);
        this.integrations.set(change.value.id, change.value);
        this.integrationsBySlug.set(slugKey(change.value.organizationId, change.value.slug), change.value);
        return;
      case 'workspace':
        this.workspaces.set(change.value.id, change.value);
        return;
      case 'provision':
        this.forget(change.value.id);
        this.provisions.set(change.value.id, change.value);
        this.provisionsOf(change.value.workspaceId).set(change.value.id, change.value);
        return;
      case 'key':
        this.forget(change.value.id);
        this.keys.set(change.value.id, change.value);
        this.keysByHash.set(change.value.hash, change.value);
        return;
      case 'secretReference':
        this.secretReferences.set(change.value.id, change.value);
        return;
      case 'shared':
        return this.shared.apply(change.value);
      case 'gone':
        this.shared.forget(change.id);
        return this.forget(change.id);
    }
  }

  keyOf(hash: string): Key | undefined {
    return this.keysByHash.get(hash);
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

  secretReferenceNamed(organizationId: OrganizationId, slug: string): SecretReference | undefined {
    return this.secretReferences.get(secretReferenceId(organizationId, slug));
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
    const key = this.keys.get(id);
    if (key && this.keysByHash.get(key.hash)?.id === id) this.keysByHash.delete(key.hash);
    for (const entries of [
      this.integrations,
      this.workspaces,
      this.provisions,
      this.keys,
      this.secretReferences,
    ])
      entries.delete(id);
  }
}
