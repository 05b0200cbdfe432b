import { AppError, deriveId, integrationId, organizationId } from '@gatehouse/kernel';
import fc from 'fast-check';
import { slug } from './slug';
import type { SlugReservation } from './slug-reservation';
import { type SlugCommand, slugDecider } from './slug-reservation.decider';
import type { SlugEvent } from './slug.events';

const key = { organizationId: organizationId(deriveId('org', 'spec')), slug: slug('openai') };
const command: fc.Arbitrary<SlugCommand> = fc
  .record({
    type: fc.constantFrom('ReserveSlug', 'ReleaseSlug'),
    integrationId: fc.constantFrom('a', 'b', 'c').map((name) => integrationId(deriveId('int', name))),
  })
  .map((asked) => ({ ...asked, ...key }));

/** Undefined where it was refused. */
const decided = (asked: SlugCommand, state: SlugReservation): readonly SlugEvent[] | undefined => {
  try {
    return slugDecider.decide(asked, state);
  } catch (error) {
    if (error instanceof AppError) return undefined;
    throw error;
  }
};

const everyStep = (
  holds: (step: {
    asked: SlugCommand;
    before: SlugReservation;
    events: readonly SlugEvent[] | undefined;
    after: SlugReservation;
  }) => void,
): void =>
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      let before = slugDecider.initial;
      for (const asked of commands) {
        const events = decided(asked, before);
        const after = (events ?? []).reduce(slugDecider.evolve, before);
        holds({ asked, before, events, after });
        before = after;
      }
    }),
  );

describe('whoever asks for a slug, in whatever order', () => {
  test('one integration holds it, until that one lets it go', () =>
    everyStep(({ asked, before, after }) => {
      if (before.status !== 'reserved' || asked.integrationId === before.integrationId) return;
      expect(after).toEqual(before);
    }));

  test('who is not refused holds it, and who let it go does not', () =>
    everyStep(({ asked, events, after }) => {
      const holder = after.status === 'reserved' ? after.integrationId : undefined;
      if (asked.type === 'ReserveSlug' && events) expect(holder).toBe(asked.integrationId);
      if (asked.type === 'ReleaseSlug') expect(holder).not.toBe(asked.integrationId);
    }));

  test('what is recorded changes something, and asked at once again nothing more is', () =>
    everyStep(({ asked, before, events = [], after }) => {
      if (events.length > 0) expect(after).not.toEqual(before);
      expect(decided(asked, after) ?? []).toEqual([]);
    }));
});
