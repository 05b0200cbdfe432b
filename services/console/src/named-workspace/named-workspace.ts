import type { ControlPlane } from '../adapters/grpc/control-plane';

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
