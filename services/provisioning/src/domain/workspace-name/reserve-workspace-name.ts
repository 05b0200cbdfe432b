import {
  AppError,
  type LimitSpec,
  type OrganizationId,
  replaceLimits,
  type WorkspaceId,
} from '@gatehouse/kernel';
import type { WorkspaceNameState } from './workspace-name';
import type { NamePurpose, WorkspaceNameEvent } from './workspace-name.events';

type Renaming = Extract<NamePurpose, { readonly kind: 'renaming' }>;
type Creation = Extract<NamePurpose, { readonly kind: 'creation' }>;

/** What a name is asked for: the limits of a creation have no ids yet. */
export type WantedPurpose =
  Renaming | (Omit<Creation, 'limits'> & { readonly limits: readonly LimitSpec[]; readonly seed: string });

export interface ReserveWorkspaceName {
  readonly type: 'ReserveWorkspaceName';
  readonly organizationId: OrganizationId;
  /** 1 … 100 characters. */
  readonly name: string;
  readonly workspaceId: WorkspaceId;
  readonly purpose: WantedPurpose;
}

/**
 * CONFLICT `WORKSPACE_NAME_TAKEN`, also by the workspace itself: a name that it is about to lose is released first;
 * INVALID where two limits bound the same.
 */
export const reserveWorkspaceName = (
  { organizationId, name, workspaceId, purpose }: ReserveWorkspaceName,
  reservation: WorkspaceNameState,
): readonly WorkspaceNameEvent[] => {
  if (reservation.status === 'reserved') throw new AppError('CONFLICT', 'WORKSPACE_NAME_TAKEN');
  const minted = mintedPurpose(purpose, workspaceId);
  return [{ type: 'WorkspaceNameReserved', organizationId, name, workspaceId, purpose: minted }];
};

const mintedPurpose = (purpose: WantedPurpose, workspaceId: WorkspaceId): NamePurpose => {
  if (purpose.kind === 'renaming') return purpose;
  const { seed, limits, ...creation } = purpose;
  return { ...creation, limits: replaceLimits([], limits, { scopeId: workspaceId, seed }) };
};
