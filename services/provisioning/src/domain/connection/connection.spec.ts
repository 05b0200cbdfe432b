import { deriveId, integrationId, organizationId, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { connectionDecider } from './connection.decider';

const about = {
  organizationId: organizationId(deriveId('org', 'a')),
  integrationId: integrationId(deriveId('int', 'a')),
};
const refused = { workspaceId: workspaceId(deriveId('ws', 'a')), reason: 'WORKSPACE_UNKNOWN' };
const end = (outcome?: typeof refused) => ({ type: 'EndConnection', ...about, refused: outcome }) as const;
const connected = { type: 'WorkspacesConnected', ...about } as const;
const refusedEvent = { type: 'WorkspaceRefused', ...about, ...refused } as const;

describe('what became of the workspaces of a connection', () => {
  test('is told', () => {
    given(connectionDecider).when(end()).then(connected);
    given(connectionDecider).when(end(refused)).then(refusedEvent);
  });
  test('once, whatever is found out later', () => {
    given(connectionDecider, connected).when(end()).then();
    given(connectionDecider, connected).when(end(refused)).then();
    given(connectionDecider, refusedEvent).when(end()).then();
  });
});
