import type { PreviewedChange } from '@gatehouse/approval';
import type {
  ApiKeyId,
  IntegrationId,
  Limit,
  OrganizationId,
  ProvisionId,
  WorkspaceId,
} from '@gatehouse/kernel';

export interface CallingKey {
  readonly id: ApiKeyId;
  readonly name: string;
  readonly prefix: string;
}

/** A workspace by which an integration is called, and the keys that may. */
export interface CallingWorkspace {
  readonly name: string;
  /** The first hundred, as they were issued. */
  readonly keys: readonly CallingKey[];
  readonly keyCount: number;
}

/** Who calls by provisions, as the directory has it. */
export abstract class Callers {
  /**
   * Of each workspace the keys that have not ended at an instant, and may call a model of what the slug names there. Nothing of
   * another organization.
   */
  abstract of(
    organizationId: OrganizationId,
    named: readonly { readonly workspaceId: WorkspaceId; readonly slug: string }[],
    at: Date,
  ): Promise<ReadonlyMap<WorkspaceId, CallingWorkspace>>;
}

/** A stretch of time, the end exclusive. */
interface Stretch {
  readonly from: Date;
  readonly until: Date;
}

/** How the usage of a limit's last period would have fared under it: `LimitReplay` in usage_replay.proto. */
export interface ReplayedLimit extends Stretch {
  readonly limit: Limit;
  readonly requests: bigint;
  /** Of budgets, in the limit's unit. */
  readonly spent?: bigint;
  readonly refusedMin: bigint;
  readonly refusedMax: bigint;
  /** The minute in which a budget would have run out. */
  readonly ranOut?: Stretch;
  readonly unknownRequests: bigint;
  /** Of a limit that each key has for itself. */
  readonly keys?: ReplayedKeys;
  /** Of a limit that each workspace has for itself. */
  readonly workspaces?: ReplayedWorkspaces;
}

/** How one of many would have fared by itself. */
type Fared = Pick<ReplayedLimit, 'requests' | 'spent' | 'refusedMin' | 'refusedMax' | 'ranOut'>;

/** How many keys called, of how many calls would have been refused or may have been, and the most refused of these. */
export interface ReplayedKeys {
  readonly called: bigint;
  readonly refused: bigint;
  readonly keys: readonly (Fared & { readonly apiKeyId: string })[];
}

/** How many workspaces called, of how many calls would have been refused or may have been, and those that are told one by one. */
export interface ReplayedWorkspaces {
  readonly called: bigint;
  readonly refused: bigint;
  /** Of whom a part was asked for. */
  readonly totalSize: bigint;
  readonly workspaces: readonly (Fared & {
    readonly workspaceId: string;
    /** Empty where nobody knows. */
    readonly workspaceName: string;
  })[];
}

/** Calls of models, and of those that would not be allowed. */
export interface ReplayedModels extends Stretch {
  readonly requests: bigint;
  readonly refused: bigint;
  /** The most called first; perhaps not all. */
  readonly models: readonly {
    /** Of a key's `@slug/model`. */
    readonly model: string;
    /** Of a key's; else empty. */
    readonly provisionId: string;
    readonly requests: bigint;
  }[];
  readonly workspaces?: ReplayedWorkspaces;
}

export interface ReplayedUsage {
  readonly limits: readonly ReplayedLimit[];
  readonly models?: ReplayedModels;
}

/** Of workspaces that are told one by one: how many are passed over, and how many told. */
export interface ToldPart {
  readonly skip: number;
  readonly size: number;
}

/** Which models an integration would offer: these alone, or these no more. */
export interface OfferedModels {
  readonly kind: 'only' | 'without';
  readonly names: readonly string[];
}

/** How usage that was would have fared under a change, by metering. */
export abstract class UsageReplays {
  /** Unknown where it cannot be asked; undefined where the change is none of limits or models of calls that were. Never throws. */
  abstract of(
    organizationId: OrganizationId,
    events: PreviewedChange['events'],
    told: ToldPart,
  ): Promise<ReplayedUsage | 'unknown' | undefined>;
  abstract ofOffered(
    organizationId: OrganizationId,
    asked: { readonly integrationId: IntegrationId; readonly models: OfferedModels; readonly told: ToldPart },
  ): Promise<ReplayedModels | 'unknown'>;
}

/** Whom a change of many is about, and by which names, as the directory has it. Nothing of another organization. */
export abstract class ChangedScopes {
  /** Of these workspaces, or of all, those that are not archived and have no provision of the integration; 10,001 at most. */
  abstract lacking(
    organizationId: OrganizationId,
    integrationId: string,
    among: readonly string[] | 'all',
  ): Promise<readonly string[]>;
  /** By the slugs by which a key's workspace calls them. */
  abstract provisionsOfKey(
    organizationId: OrganizationId,
    id: ApiKeyId,
  ): Promise<ReadonlyMap<string, ProvisionId>>;
  abstract workspaceNames(
    organizationId: OrganizationId,
    ids: readonly string[],
  ): Promise<ReadonlyMap<string, string>>;
}
