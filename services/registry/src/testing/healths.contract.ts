import { deriveId, integrationId } from '@gatehouse/kernel';
import type { Health, Healths } from '../app/health/health.ports';

const id = integrationId(deriveId('int', 'health'));
const at = (second: number): Date => new Date(Date.UTC(2030, 0, 1, 0, 0, second));
const healthOf = (credentialVersion: number, times: Partial<Health>): Health => ({
  integrationId: id,
  credentialVersion,
  lastSuccessAt: undefined,
  lastUnauthorizedAt: undefined,
  lastForbiddenAt: undefined,
  lastRateLimitedAt: undefined,
  ...times,
});

export const healthsContract = (name: string, open: () => Promise<Healths>): void => {
  describe(`healths: ${name}`, () => {
    it('keeps the later of each time, from whomever, and begins anew with each version', async () => {
      const healths = await open();
      expect(await healths.find(id)).toBeUndefined();
      await healths.merge(healthOf(1, { lastSuccessAt: at(5), lastRateLimitedAt: at(1) }));
      const merged = healthOf(1, {
        lastSuccessAt: at(5),
        lastUnauthorizedAt: at(7),
        lastRateLimitedAt: at(1),
      });
      expect(await healths.merge(healthOf(1, { lastSuccessAt: at(3), lastUnauthorizedAt: at(7) }))).toEqual(
        merged,
      );
      const next = healthOf(2, { lastForbiddenAt: at(2) });
      expect(await healths.merge(next)).toEqual(next);
      expect(await healths.merge(healthOf(1, { lastSuccessAt: at(9) }))).toBeUndefined();
      expect(await healths.find(id)).toEqual(next);
      const unheard = integrationId(deriveId('int', 'unheard'));
      expect(await healths.findAll([unheard, id])).toEqual([next]);
    });
  });
};
