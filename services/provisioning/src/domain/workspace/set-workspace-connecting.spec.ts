import { organizationId, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { workspaceDecider } from './workspace.decider';

const [ours, theirs] = ['1', '9'].map((digit) => organizationId(`org_${digit.repeat(26)}`)) as [
  ReturnType<typeof organizationId>,
  ReturnType<typeof organizationId>,
];
const id = workspaceId(`ws_${'2'.repeat(26)}`);
const created = {
  type: 'WorkspaceCreated',
  workspaceId: id,
  organizationId: ours,
  name: 'Research',
  slug: 'research',
  details: { icon: '', description: '', defaultMetadata: {} },
  limits: [],
} as const;
const set = (allowed: boolean | undefined, organization = ours) =>
  ({ type: 'SetWorkspaceConnecting', organizationId: organization, allowed }) as const;
const no = { type: 'WorkspaceConnectingSet', workspaceId: id, allowed: false } as const;

describe('whether a workspace connects integrations', () => {
  it('is what the organization says until it is said otherwise, and then again', () => {
    given(workspaceDecider, created).when(set(undefined)).then();
    given(workspaceDecider, created).when(set(false)).then(no);
    given(workspaceDecider, created, no)
      .when(set(undefined))
      .then({ type: 'WorkspaceConnectingSet', workspaceId: id });
  });
  it('is said once', () => given(workspaceDecider, created, no).when(set(false)).then());
  it('is for its own organization to say', () =>
    given(workspaceDecider, created).when(set(false, theirs)).thenRefused('WORKSPACE_UNKNOWN'));
  it('is not said of one that has ended', () =>
    given(workspaceDecider, created, { type: 'WorkspaceArchived', workspaceId: id, archivedAt: new Date(0) })
      .when(set(false))
      .thenRefused('WORKSPACE_ARCHIVED'));
});
