import { deriveId, organizationId, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { workspaceDecider } from './workspace.decider';

const id = workspaceId(deriveId('ws', 'spec'));
const owner = organizationId(deriveId('org', 'spec'));
const details = { icon: '', description: 'finds out', defaultMetadata: { team: 'r' } };
const fields = { workspaceId: id, organizationId: owner, name: 'Research', slug: 'research', details };
const created = { type: 'WorkspaceCreated', ...fields, limits: [] } as const;
const archivedAt = new Date('2026-03-03T12:00:00Z');
const archived = { type: 'WorkspaceArchived', workspaceId: id, archivedAt } as const;
const rename = { type: 'RenameWorkspace', organizationId: owner, name: 'Discovery' } as const;
const renamed = { type: 'WorkspaceRenamed', workspaceId: id, name: 'Discovery' } as const;
const update = { type: 'UpdateWorkspace', organizationId: owner, changes: { icon: 'flask' } } as const;
const archive = { type: 'ArchiveWorkspace', organizationId: owner, at: archivedAt } as const;

describe('renaming a workspace', () => {
  it('is recorded', () => given(workspaceDecider, created).when(rename).then(renamed));
  it('to the name that it has records nothing', () =>
    given(workspaceDecider, created, renamed).when(rename).then());
  it('leaves a repeated creation what it was', () =>
    given(workspaceDecider, created, renamed)
      .when({ ...created, type: 'CreateWorkspace' })
      .then());
});

describe('updating a workspace', () => {
  it('changes what is named, and records it all', () =>
    given(workspaceDecider, created)
      .when(update)
      .then({ type: 'WorkspaceDescribed', workspaceId: id, details: { ...details, icon: 'flask' } }));
  it('replaces the default metadata as a whole', () =>
    given(workspaceDecider, created)
      .when({ ...update, changes: { defaultMetadata: {} } })
      .then({ type: 'WorkspaceDescribed', workspaceId: id, details: { ...details, defaultMetadata: {} } }));
  it('to what it is records nothing', () =>
    given(workspaceDecider, created)
      .when({ ...update, changes: { description: 'finds out', defaultMetadata: { team: 'r' } } })
      .then());
});

describe('archiving a workspace', () => {
  it('is recorded', () => given(workspaceDecider, created).when(archive).then(archived));
  it('twice records nothing', () => given(workspaceDecider, created, archived).when(archive).then());
  it('is its end: nothing of it is changed any more', () => {
    given(workspaceDecider, created, archived).when(rename).thenRefused('WORKSPACE_ARCHIVED');
    given(workspaceDecider, created, archived).when(update).thenRefused('WORKSPACE_ARCHIVED');
  });
});

describe('a workspace of another organization', () => {
  const elsewhere = { organizationId: organizationId(deriveId('org', 'other')) };
  it.each([rename, update, archive])('is not known to exist: $type', (command) =>
    given(workspaceDecider, created)
      .when({ ...command, ...elsewhere })
      .thenRefused('WORKSPACE_UNKNOWN'),
  );
});
