import type { WorkspaceNameState } from './workspace-name';
import type { WorkspaceNameEvent } from './workspace-name.events';

/** Whoever releases names the revision of the reservation that is to end. */
export interface ReleaseWorkspaceName {
  readonly type: 'ReleaseWorkspaceName';
}

/** Releasing what nobody has records nothing. */
export const releaseWorkspaceName = (
  _command: ReleaseWorkspaceName,
  reservation: WorkspaceNameState,
): readonly WorkspaceNameEvent[] => {
  if (reservation.status === 'free') return [];
  const { organizationId, name, workspaceId } = reservation;
  return [{ type: 'WorkspaceNameReleased', organizationId, name, workspaceId }];
};
