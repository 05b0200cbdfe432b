import type { ApiKeyId, OrganizationId, WorkspaceId } from '@gatehouse/kernel';

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
