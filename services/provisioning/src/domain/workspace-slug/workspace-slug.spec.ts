import { deriveId, organizationId, workspaceId } from '@gatehouse/kernel';
import { given } from '@gatehouse/kernel/testing';
import { slugsFromName, workspaceSlug } from './workspace-slug';
import { workspaceSlugDecider } from './workspace-slug-reservation.decider';

const ours = {
  organizationId: organizationId(deriveId('org', 'spec')),
  slug: workspaceSlug('research'),
  workspaceId: workspaceId(deriveId('ws', 'ours')),
};
const reserve = { type: 'ReserveWorkspaceSlug', ...ours } as const;
const reserved = { type: 'WorkspaceSlugReserved', ...ours } as const;

describe('reserving the slug of a workspace', () => {
  it('is recorded', () => given(workspaceSlugDecider).when(reserve).then(reserved));
  it('happens once', () => given(workspaceSlugDecider, reserved).when(reserve).then());
  it('is refused while another has it', () =>
    given(workspaceSlugDecider, reserved)
      .when({ ...reserve, workspaceId: workspaceId(deriveId('ws', 'theirs')) })
      .thenRefused('WORKSPACE_SLUG_TAKEN'));
});

describe('the slug of a workspace', () => {
  it.each(['a', '0-b_9', 'x'.repeat(64)])('may be %p', (raw) => expect(workspaceSlug(raw)).toBe(raw));
  it.each(['', 'x'.repeat(65), 'A', 'a b', '-a', '_a', 'ä', 'a\n', ours.workspaceId])(
    'may not be %p',
    (raw) => expect(() => workspaceSlug(raw)).toThrow('WORKSPACE_SLUG_MALFORMED'),
  );

  it.each([
    ['Research', 'research'],
    ['  Crème  brûlée & Co. ', 'creme-brulee-co'],
    ['研究', 'workspace'],
    [`${'x'.repeat(36)} ${'y'.repeat(60)}`, 'x'.repeat(36)],
  ])('is made from the name %p', (name, slug) => {
    const id = workspaceId(`ws_${'0'.repeat(20)}abcdef`);
    expect(slugsFromName(name, id)).toEqual([slug, `${slug}-abcdef`, `${slug}-${'0'.repeat(20)}abcdef`]);
  });
});
