import { AppError } from '@gatehouse/kernel';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { changeWorkspaces } from './integration-workspaces';
import { changeWorkspacesOf } from './own-workspaces';

const HERE = `ws_${'0'.repeat(26)}`;
const REASON = 'WORKSPACE_UNKNOWN';

/** There is one workspace, by its id, and no slug is of any; whatever is asked beside that is asked too much. */
const control = {
  workspaces: {
    getWorkspace: () => Promise.reject(new AppError('NOT_FOUND', REASON)),
    listWorkspaces: async ({ workspaceIds }: { readonly workspaceIds: readonly string[] }) => ({
      workspaces: workspaceIds.filter((id) => id === HERE).map((id) => ({ id })),
    }),
  },
} as unknown as ControlPlane;
const UNKNOWN = ['nowhere', `ws_${'9'.repeat(26)}`];

it.each(UNKNOWN)(
  'changes neither policy nor workspaces where one of these is unknown: %s',
  async (unknown) => {
    const workspaces = [HERE, unknown].map((id) => ({ id, enabled: true }));
    const change = { workspaces, global_workspace_access: { enabled: true } };
    await expect(changeWorkspaces(control, { id: 'int_one' }, change)).rejects.toThrow(REASON);
  },
);

it.each(UNKNOWN)('changes none of the workspaces where one of them is unknown: %s', async (unknown) => {
  const workspaces = [HERE, unknown].map((workspace_id) => ({ workspace_id, enabled: true }));
  const said = { workspaces, reason: '' };
  const change = { requestId: 'request', integrationId: 'int_one', said };
  await expect(changeWorkspacesOf(control, change)).rejects.toThrow(REASON);
});
