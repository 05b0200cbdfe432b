import { AppError, type OrganizationId, type WorkspaceId } from '@gatehouse/kernel';
import type { Directory } from '../directory.ports';
import type { WorkspaceView } from './workspace.view';

/** A workspace by the directory; NOT_FOUND `WORKSPACE_UNKNOWN` also for another organization's. */
export const knownWorkspace = async (
  directory: Directory,
  organizationId: OrganizationId,
  id: WorkspaceId,
): Promise<WorkspaceView> => {
  const view = await directory.workspace(organizationId, id);
  if (!view) throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN');
  return view;
};
