import { deriveId, organizationId } from '@gatehouse/kernel';
import type { Drafts } from '../app/draft/draft.ports';
import { type Draft, draftId } from '../domain/draft/draft';
import { settings } from '../domain/integration/testing/integration-history';

const [ours, theirs] = ['a', 'b'].map((name) => organizationId(deriveId('org', name))) as [
  Draft['organizationId'],
  Draft['organizationId'],
];
const at = (minute: number): Date => new Date(Date.UTC(2030, 0, 1, 0, minute));

const draftOf = (name: string, minute: number, owner = ours): Draft => ({
  draftId: draftId(deriveId('dft', name)),
  organizationId: owner,
  provider: 'openai',
  settings,
  credentialFingerprint: '0000000000000001',
  references: {},
  secretId: `sec_${name}`,
  createdAt: at(minute),
  expiresAt: at(minute + 60),
});

export const draftsContract = (name: string, open: () => Promise<Drafts>): void => {
  describe(`drafts: ${name}`, () => {
    const [first, second, foreign] = [draftOf('1', 1), draftOf('2', 2), draftOf('3', 3, theirs)];
    let drafts: Drafts;

    beforeAll(async () => {
      drafts = await open();
      for (const draft of [second, first, foreign]) await drafts.keep(draft);
    });

    it('are kept as they were first given, each to its organization', async () => {
      await drafts.keep({ ...first, provider: 'other' });
      expect(await drafts.find(ours, first.draftId)).toEqual(first);
      expect(await drafts.find(theirs, first.draftId)).toBeUndefined();
      expect(await drafts.count(ours)).toBe(2);
      expect(new Set((await drafts.list(ours)).map(({ draftId }) => draftId))).toEqual(
        new Set([first.draftId, second.draftId]),
      );
    });

    it('are found when their time is up, and gone when they are removed', async () => {
      expect(await drafts.expiredBy(new Date(at(61).getTime() - 1))).toEqual([]);
      expect(await drafts.expiredBy(at(61))).toEqual([first]);
      await drafts.remove(first.draftId);
      await drafts.remove(first.draftId);
      expect(await drafts.find(ours, first.draftId)).toBeUndefined();
    });
  });
};
