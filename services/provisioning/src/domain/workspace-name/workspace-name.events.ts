import type { Limit, OrganizationId, WorkspaceId } from '@gatehouse/kernel';

/** What a name is reserved for, with all that is needed to carry it out. */
export type NamePurpose =
  | {
      readonly kind: 'creation';
      /** Empty: it is made from the name. */
      readonly slug: string;
      readonly details: {
        readonly icon: string;
        readonly description: string;
        readonly defaultMetadata: Readonly<Record<string, string>>;
      };
      readonly limits: readonly Limit[];
    }
  | {
      readonly kind: 'renaming';
      /** At which revision of the workspace alone it is to be renamed. */
      readonly expectedRevision: bigint | undefined;
    };

/** Stream `workspacename-{hash of organization and name}`. */
export interface WorkspaceNameReserved {
  readonly type: 'WorkspaceNameReserved';
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly workspaceId: WorkspaceId;
  readonly purpose: NamePurpose;
}

export interface WorkspaceNameReleased {
  readonly type: 'WorkspaceNameReleased';
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly workspaceId: WorkspaceId;
}

export type WorkspaceNameEvent = WorkspaceNameReserved | WorkspaceNameReleased;
