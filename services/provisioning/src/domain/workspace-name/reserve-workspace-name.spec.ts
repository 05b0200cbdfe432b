import { organizationId, replaceLimits, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { workspaceNameDecider } from './workspace-name';

const limits = [{ kind: 'rate', unit: 'requests', amount: 5n, window: 'minute' }] as const;
const team = {
  organizationId: organizationId(`org_${'1'.repeat(26)}`),
  name: 'Research',
  workspaceId: workspaceId(`ws_${'2'.repeat(26)}`),
};
const reserve = { type: 'ReserveWorkspaceName', ...team, limits, seed: 'r1' } as const;
const reserved = {
  type: 'WorkspaceNameReserved',
  ...team,
  limits: replaceLimits([], limits, { scopeId: team.workspaceId, seed: 'r1' }),
} as const;

describe('reserving a workspace name', () => {
  it('takes a free name, with limits minted', () => given(workspaceNameDecider).when(reserve).then(reserved));

  it('records nothing when the same workspace has it', () =>
    given(workspaceNameDecider, reserved).when(reserve).then());

  it('is refused to another workspace', () =>
    given(workspaceNameDecider, reserved)
      .when({ ...reserve, workspaceId: workspaceId(`ws_${'3'.repeat(26)}`) })
      .thenRefused('WORKSPACE_NAME_TAKEN'));
});
