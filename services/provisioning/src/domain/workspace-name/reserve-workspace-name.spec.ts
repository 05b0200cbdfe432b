import { organizationId, replaceLimits, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { workspaceNameDecider } from './workspace-name.decider';

const limits = [{ kind: 'rate', unit: 'requests', amount: 5n, window: 'minute' }] as const;
const team = {
  organizationId: organizationId(`org_${'1'.repeat(26)}`),
  name: 'Research',
  workspaceId: workspaceId(`ws_${'2'.repeat(26)}`),
};
const purpose = {
  kind: 'creation',
  slug: '',
  details: { icon: '', description: '', defaultMetadata: {} },
} as const;
const reserve = {
  type: 'ReserveWorkspaceName',
  ...team,
  purpose: { ...purpose, limits, seed: 'r1' },
} as const;
const reserved = {
  type: 'WorkspaceNameReserved',
  ...team,
  purpose: { ...purpose, limits: replaceLimits([], limits, { scopeId: team.workspaceId, seed: 'r1' }) },
} as const;
const rename = { ...reserve, purpose: { kind: 'renaming', expectedRevision: 3n } } as const;
const release = { type: 'ReleaseWorkspaceName' } as const;
const released = { type: 'WorkspaceNameReleased', ...team } as const;

describe('reserving a workspace name', () => {
  it('takes a free name, with limits minted', () => given(workspaceNameDecider).when(reserve).then(reserved));

  it('takes it for a workspace that is to be renamed', () =>
    given(workspaceNameDecider)
      .when(rename)
      .then({ ...reserved, purpose: rename.purpose }));

  it('takes it again when it was released', () =>
    given(workspaceNameDecider, reserved, released).when(reserve).then(reserved));

  it('is refused while another workspace has it, or the same one does still', () => {
    given(workspaceNameDecider, reserved)
      .when({ ...reserve, workspaceId: workspaceId(`ws_${'3'.repeat(26)}`) })
      .thenRefused('WORKSPACE_NAME_TAKEN');
    given(workspaceNameDecider, reserved).when(rename).thenRefused('WORKSPACE_NAME_TAKEN');
  });
});

describe('releasing a workspace name', () => {
  it('frees it', () => given(workspaceNameDecider, reserved).when(release).then(released));
  it('of nobody records nothing', () => given(workspaceNameDecider, reserved, released).when(release).then());
});
