import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { eachOf } from '../rest/each-of';
import { inSteps } from '../rest/paging';

const { ACTIVE, ARCHIVED } = provisioningV1.WorkspaceStatus;

const ID = /^ws_[0-9a-z]{26}$/;

/** The id of a workspace that a request names by its id or by its slug. NOT_FOUND `WORKSPACE_UNKNOWN` for a slug of none. */
export const workspaceIdOf = async (control: ControlPlane, named: string): Promise<string> => {
  if (ID.test(named)) return named;
  const { workspace } = await control.workspaces.getWorkspace({
    workspaceId: '',
    slug: named,
    atLeastPosition: '',
  });
  return workspace?.id ?? '';
};

/** The same of several, in their order, before anything is changed in any of them: NOT_FOUND `WORKSPACE_UNKNOWN` for an id of none as well. */
export const workspaceIdsOf = async (control: ControlPlane, named: readonly string[]): Promise<string[]> => {
  const ids = await eachOf(named, (one) => workspaceIdOf(control, one));
  await refuseUnknown(control, [...new Set(named.filter((one) => ID.test(one)))]);
  return ids;
};

/** A key that lists no workspaces is told of them where it changes something in them. */
const refuseUnknown = async (control: ControlPlane, ids: readonly string[]): Promise<void> => {
  const statuses = [ACTIVE, ARCHIVED];
  try {
    const pages = await eachOf(inSteps(ids), (workspaceIds) =>
      control.workspaces.listWorkspaces(
        provisioningV1.ListWorkspacesRequest.fromPartial({
          ...{ workspaceIds, statuses },
          pageSize: workspaceIds.length,
        }),
      ),
    );
    const known = pages.reduce((sum, { workspaces }) => sum + workspaces.length, 0);
    if (known < ids.length) throw new AppError('NOT_FOUND', 'WORKSPACE_UNKNOWN');
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'FORBIDDEN')) throw error;
  }
};
