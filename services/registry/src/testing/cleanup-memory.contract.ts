import { BEFORE_FIRST, position } from '@gatehouse/event-store';
import { deriveId, integrationId, organizationId } from '@gatehouse/kernel';
import { slug } from '../domain/slug/slug';
import type { CleanupMemory, Reservation, ReservationChange } from '../app/integration/integration.ports';

const at = (second: number) => new Date(Date.UTC(2030, 0, 1, 0, 0, second));
const reservation = (name: string): Reservation => ({
  organizationId: organizationId(deriveId('org', 'a')),
  slug: slug(name),
  integrationId: integrationId(deriveId('int', name)),
});
const change = (kind: ReservationChange['kind'], name: string, place: number): ReservationChange => ({
  kind,
  reservation: reservation(name),
  position: position(BigInt(place)),
  at: at(place),
});

/** What every memory of the cleanup process promises. */
export const cleanupMemoryContract = (name: string, factory: () => Promise<CleanupMemory>): void => {
  describe(`cleanup memory: ${name}`, () => {
    let memory: CleanupMemory;
    beforeEach(async () => {
      memory = await factory();
    });

    test('begins before the first event', async () => {
      expect(await memory.checkpoint()).toBe(BEFORE_FIRST);
      expect(await memory.openSince(at(59))).toEqual([]);
    });

    test('moves its checkpoint forward, never back', async () => {
      await memory.advance([], position(9n));
      await memory.advance([], position(7n));
      expect(await memory.checkpoint()).toBe(9n);
    });

    test('knows what is open since before a time, oldest first', async () => {
      await memory.advance([change('begun', 'b', 1), change('begun', 'a', 2)], position(2n));
      await memory.advance([change('begun', 'c', 3), change('begun', 'd', 4)], position(4n));
      await memory.advance([change('ended', 'a', 5), change('ended', 'unknown', 6)], position(6n));
      expect(await memory.openSince(at(4))).toEqual([reservation('b'), reservation('c')]);
    });

    test('passes over what was applied already', async () => {
      const first = [change('begun', 'a', 1), change('ended', 'a', 2)];
      await memory.advance(first, position(2n));
      await memory.advance([change('begun', 'a', 1)], position(1n));
      await memory.advance([...first, change('begun', 'b', 3)], position(3n));
      expect(await memory.openSince(at(59))).toEqual([reservation('b')]);
    });
  });
};
