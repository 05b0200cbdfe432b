import type { PreviewedChange } from '@gatehouse/approval';
import type { ApiKeyId, Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';

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
}

/** How many keys called, of how many calls would have been refused or may have been, and the most refused of these. */
export interface ReplayedKeys {
  readonly called: bigint;
  readonly refused: bigint;
  readonly keys: readonly (Pick<
    ReplayedLimit,
    'requests' | 'spent' | 'refusedMin' | 'refusedMax' | 'ranOut'
  > & {
    readonly apiKeyId: string;
  })[];
}

/** Calls of models, and of those that would not be allowed. */
export interface ReplayedModels extends Stretch {
  readonly requests: bigint;
  readonly refused: bigint;
  /** The most called first; perhaps not all. */
  readonly models: readonly { readonly model: string; readonly requests: bigint }[];
}

export interface ReplayedUsage {
  readonly limits: readonly ReplayedLimit[];
  readonly models?: ReplayedModels;
}

/** How usage that was would have fared under a change, by metering. */
export abstract class UsageReplays {
  /** Unknown where it cannot be asked; undefined where the change is none of limits or models of calls that were. Never throws. */
  abstract of(
    organizationId: OrganizationId,
    events: PreviewedChange['events'],
  ): Promise<ReplayedUsage | 'unknown' | undefined>;
}
