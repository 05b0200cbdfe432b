import { randomUUID } from 'node:crypto';
import { invalidField } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import { changeLimits } from '../configured-limits/limit-scope';
import { fromRestLimits, limitsChange } from '../limits/limit-conversion';
import type { WorkspaceChange, WorkspaceCreation } from './workspace.schema';

type Workspace = provisioningV1.Workspace;

export const create = async (
  control: ControlPlane,
  requestId: string,
  said: WorkspaceCreation,
): Promise<Workspace> => {
  const created = await control.workspaces.createWorkspace(
    provisioningV1.CreateWorkspaceRequest.fromPartial({
      ...{ requestId, name: said.name, slug: said.slug ?? '' },
      ...{ icon: said.icon ?? '', description: said.description ?? '' },
      defaultMetadata: said.defaults?.metadata ?? {},
      limits: fromRestLimits(said.usage_limits, said.rate_limits),
    }),
  );
  return seen(control, shownIn(created.workspace).id, created.position);
};

/** Limits first, since they may be refused; then name; then what it says of itself. Each is a change of its own. */
export const change = async (
  control: ControlPlane,
  { id: workspaceId, name }: Workspace,
  said: WorkspaceChange,
): Promise<Workspace> => {
  const command = () => ({ requestId: randomUUID(), reason: '', workspaceId });
  let position = '';
  const limits = limitsChange(said.usage_limits, said.rate_limits);
  if (limits) await changeLimits(control, workspaceId, limits);
  if (said.name !== undefined && said.name !== name)
    ({ position } = await control.workspaces.renameWorkspace({ ...command(), name: said.name }));
  const details = detailsIn(said);
  if (details.updateMask.length > 0)
    ({ position } = await control.workspaces.updateWorkspace(
      provisioningV1.UpdateWorkspaceRequest.fromPartial({ ...command(), ...details }),
    ));
  return seen(control, workspaceId, position);
};

const detailsIn = ({ icon, description, defaults }: WorkspaceChange) => ({
  updateMask: [
    ...(icon !== undefined ? ['icon'] : []),
    ...(description !== undefined ? ['description'] : []),
    ...(defaults !== undefined ? ['default_metadata'] : []),
  ],
  ...{ icon: icon ?? '', description: description ?? '', defaultMetadata: defaults?.metadata ?? {} },
});

/** @param named its name, as whoever archives it has it; undefined where nobody said. */
export const archive = async (
  control: ControlPlane,
  { id: workspaceId, name }: Workspace,
  named: string | undefined,
): Promise<void> => {
  if (named !== undefined && named !== name) throw invalidField('name', 'is not the name of the workspace');
  const { position } = await control.workspaces.archiveWorkspace({
    ...{ requestId: randomUUID(), reason: '', workspaceId },
  });
  await seen(control, workspaceId, position);
};

/** Whoever reads next reads what was changed. */
const seen = async (
  control: ControlPlane,
  workspaceId: string,
  atLeastPosition: string,
): Promise<Workspace> => {
  const { workspace } = await control.workspaces.getWorkspace({ workspaceId, atLeastPosition });
  return shownIn(workspace);
};
