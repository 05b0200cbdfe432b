import { AppError } from '@gatehouse/kernel';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { workspaceNamesOf } from './named-actors';

const IDS = Array.from({ length: 300 }, (_, index) => `ws_${index}`);

it('names of many are asked for some at a time; what is hidden has none', async () => {
  let [asking, most] = [0, 0];
  const getWorkspace = async ({ workspaceId }: { readonly workspaceId: string }) => {
    most = Math.max(most, ++asking);
    await new Promise(setImmediate);
    asking--;
    if (workspaceId === 'ws_7') throw new AppError('FORBIDDEN', 'WORKSPACE_FORBIDDEN');
    return { workspace: { name: `name of ${workspaceId}` } };
  };
  const names = await workspaceNamesOf({ workspaces: { getWorkspace } } as unknown as ControlPlane, [
    ...IDS,
    ...IDS,
  ]);
  expect(names.size).toBe(IDS.length - 1);
  expect(names.get('ws_299')).toBe('name of ws_299');
  expect(most).toBeLessThanOrEqual(10);
});

it('nobody waits for names that nobody can say, nor for each of them', async () => {
  let asked = 0;
  const getWorkspace = async () => {
    if (++asked > 3) throw new AppError('UNAVAILABLE', 'PEER_UNAVAILABLE');
    return { workspace: { name: 'a name' } };
  };
  const names = await workspaceNamesOf({ workspaces: { getWorkspace } } as unknown as ControlPlane, IDS);
  expect([names.size, asked]).toEqual([3, 10]);
});
