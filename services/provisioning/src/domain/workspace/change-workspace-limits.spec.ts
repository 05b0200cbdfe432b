import { type LimitSpec, nanoUsd, organizationId, replaceLimits, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { workspaceDecider } from './workspace.decider';

const budget = (amount: bigint): LimitSpec => ({
  kind: 'budget',
  unit: 'nanoUsd',
  amount: nanoUsd(amount),
  reset: { period: 'monthly' },
  strict: false,
});
const id = workspaceId(`ws_${'2'.repeat(26)}`);
const organization = organizationId(`org_${'1'.repeat(26)}`);
const limits = replaceLimits([], [budget(5n)], { scopeId: id, seed: 'r1' });
const created = {
  type: 'WorkspaceCreated',
  workspaceId: id,
  organizationId: organization,
  name: 'Research',
  slug: 'research',
  details: { icon: '', description: '', defaultMetadata: {} },
  limits,
} as const;
const change = {
  type: 'ChangeWorkspaceLimits',
  organizationId: organization,
  limits: [budget(3n)],
  seed: 'r2',
} as const;

describe('changing the limits of a workspace', () => {
  it('keeps the id of a limit that is lowered', () =>
    given(workspaceDecider, created)
      .when(change)
      .then({
        type: 'WorkspaceLimitsChanged',
        workspaceId: id,
        limits: [{ ...limits[0]!, ...budget(3n) }],
      }));

  it('removes all by an empty list', () =>
    given(workspaceDecider, created)
      .when({ ...change, limits: [] })
      .then({ type: 'WorkspaceLimitsChanged', workspaceId: id, limits: [] }));

  it('records nothing when nothing changes', () =>
    given(workspaceDecider, created)
      .when({ ...change, limits: [budget(5n)] })
      .then());

  it('is refused for two limits that bound the same', () =>
    given(workspaceDecider, created)
      .when({ ...change, limits: [budget(1n), budget(2n)] })
      .thenRefused('REQUEST_INVALID'));

  it('is refused where there is no workspace', () =>
    given(workspaceDecider).when(change).thenRefused('WORKSPACE_UNKNOWN'));

  it('is refused once it is archived', () =>
    given(workspaceDecider, created, {
      type: 'WorkspaceArchived',
      workspaceId: id,
      archivedAt: new Date('2026-03-03T12:00:00Z'),
    })
      .when(change)
      .thenRefused('WORKSPACE_ARCHIVED'));

  it('does not tell another organization that the workspace exists', () =>
    given(workspaceDecider, created)
      .when({ ...change, organizationId: organizationId(`org_${'9'.repeat(26)}`) })
      .thenRefused('WORKSPACE_UNKNOWN'));
});

describe('limiting each key of a workspace', () => {
  const each = { ...change, type: 'ChangeWorkspaceKeyLimits', limits: [budget(3n)] } as const;
  const ofKeys = replaceLimits([], [budget(3n)], { scopeId: `${id}/keys`, seed: 'r2' });
  const changed = { type: 'WorkspaceKeyLimitsChanged', workspaceId: id, limits: ofKeys } as const;

  it('mints limits that are not the workspace’s own', () => {
    given(workspaceDecider, created).when(each).then(changed);
    expect(ofKeys[0]?.id).not.toBe(limits[0]?.id);
  });
  it('leaves the workspace’s own alone, and they it', () => {
    given(workspaceDecider, created, changed)
      .when({ ...change, limits: [budget(5n)] })
      .then();
    given(workspaceDecider, created, changed, {
      type: 'WorkspaceLimitsChanged',
      workspaceId: id,
      limits: [],
    })
      .when(each)
      .then();
  });
  it('does not tell another organization that the workspace exists', () =>
    given(workspaceDecider, created)
      .when({ ...each, organizationId: organizationId(`org_${'9'.repeat(26)}`) })
      .thenRefused('WORKSPACE_UNKNOWN'));
});
