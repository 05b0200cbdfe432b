import { AppError } from '@gatehouse/kernel';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { changeWorkspaces } from './integration-workspaces';
import { changeWorkspacesOf } from './own-workspaces';

const HERE = `ws_${'0'.repeat(26)}`;
const REASON = 'WORKSPACE_UNKNOWN';

/** No slug is of any workspace, and whatever is asked beside that is asked too much. */
const control = {
  workspaces: { getWorkspace: () => Promise.reject(new AppError('NOT_FOUND', REASON)) },
} as unknown as ControlPlane;

it('changes neither policy nor workspaces where one of these is nowhere', async () => {
  const workspaces = [HERE, 'nowhere'].map((id) => ({ id, enabled: true }));
  const change = { workspaces, global_workspace_access: { enabled: true } };
  await expect(changeWorkspaces(control, { id: 'int_one' }, change)).rejects.toThrow(REASON);
});

it('changes none of the workspaces where one of them is nowhere', async () => {
  const workspaces = [HERE, 'nowhere'].map((workspace_id) => ({ workspace_id, enabled: true }));
  const said = { workspaces, reason: '' };
  const change = { requestId: 'request', integrationId: 'int_one', said };
  await expect(changeWorkspacesOf(control, change)).rejects.toThrow(REASON);
});
