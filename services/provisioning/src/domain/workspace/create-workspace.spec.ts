import { organizationId, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { workspaceDecider } from './workspace.decider';

const research = {
  workspaceId: workspaceId(`ws_${'2'.repeat(26)}`),
  organizationId: organizationId(`org_${'1'.repeat(26)}`),
  name: 'Research',
  slug: 'research',
  details: { icon: '', description: '', defaultMetadata: {} },
  limits: [],
};
const create = { type: 'CreateWorkspace', ...research } as const;
const created = { type: 'WorkspaceCreated', ...research } as const;

describe('creating a workspace', () => {
  it('records it', () => given(workspaceDecider).when(create).then(created));
  it('records nothing when it was finished by another', () =>
    given(workspaceDecider, created).when(create).then());
  it('is refused when the id was made for another name', () =>
    given(workspaceDecider, created)
      .when({ ...create, name: 'Sales' })
      .thenRefused('REQUEST_ID_REUSED'));
});
