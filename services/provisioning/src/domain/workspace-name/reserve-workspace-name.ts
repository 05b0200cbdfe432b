import {
  AppError,
  type LimitSpec,
  type OrganizationId,
  replaceLimits,
  type WorkspaceId,
} from '@gatehouse/kernel';
import type { WorkspaceNameState } from './workspace-name';
import type { WorkspaceNameEvent } from './workspace-name.events';

export interface ReserveWorkspaceName {
  readonly type: 'ReserveWorkspaceName';
  readonly organizationId: OrganizationId;
  /** 1 … 100 characters. */
  readonly name: string;
  readonly workspaceId: WorkspaceId;
  readonly limits: readonly LimitSpec[];
  readonly seed: string;
}

/** CONFLICT `WORKSPACE_NAME_TAKEN`; INVALID where two limits bound the same. */
export const reserveWorkspaceName = (
  { organizationId, name, workspaceId, limits, seed }: ReserveWorkspaceName,
  reservation: WorkspaceNameState,
): readonly WorkspaceNameEvent[] => {
  if (reservation.status === 'reserved' && reservation.workspaceId === workspaceId) return [];
  if (reservation.status === 'reserved') throw new AppError('CONFLICT', 'WORKSPACE_NAME_TAKEN');
  const minted = replaceLimits([], limits, { scopeId: workspaceId, seed });
  return [{ type: 'WorkspaceNameReserved', organizationId, name, workspaceId, limits: minted }];
};
