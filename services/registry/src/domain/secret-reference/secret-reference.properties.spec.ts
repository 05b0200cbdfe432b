import { AppError, deriveId, organizationId, type SecretLocator } from '@gatehouse/kernel';
import fc from 'fast-check';
import { slug } from '../slug/slug';
import type { SecretReference } from './secret-reference';
import { type SecretReferenceCommand, secretReferenceDecider } from './secret-reference.decider';
import type { SecretReferenceEvent } from './secret-reference.events';

const key = { organizationId: organizationId(deriveId('org', 'spec')), slug: slug('openai-prod') };
const locator = fc
  .constantFrom('team-a/openai', 'team-b/openai')
  .map((path): SecretLocator => ({ kind: 'hashicorp-vault', mount: 'secret', path }));
const command: fc.Arbitrary<SecretReferenceCommand> = fc.oneof(
  fc
    .record({ type: fc.constantFrom('DefineSecretReference', 'ChangeSecretReference'), locator })
    .map((asked) => ({ ...asked, ...key })),
  fc.constantFrom(0, 1).map((uses) => ({ type: 'RemoveSecretReference', ...key, uses }) as const),
);

const decided = (asked: SecretReferenceCommand, state: SecretReference): readonly SecretReferenceEvent[] => {
  try {
    return secretReferenceDecider.decide(asked, state);
  } catch (error) {
    if (error instanceof AppError) return [];
    throw error;
  }
};

const everyStep = (
  holds: (step: {
    asked: SecretReferenceCommand;
    before: SecretReference;
    events: readonly SecretReferenceEvent[];
    after: SecretReference;
  }) => void,
): void =>
  fc.assert(
    fc.property(fc.array(command, { maxLength: 30 }), (commands) => {
      let before = secretReferenceDecider.initial;
      for (const asked of commands) {
        const events = decided(asked, before);
        const after = events.reduce(secretReferenceDecider.evolve, before);
        holds({ asked, before, events, after });
        before = after;
      }
    }),
  );

describe('whatever is commanded of a reference, in whatever order', () => {
  test('what is used is not taken away, and nothing else takes one away than removing it', () =>
    everyStep(({ asked, before, after }) => {
      const gone = before.status === 'defined' && after.status === 'absent';
      expect(gone && (asked.type !== 'RemoveSecretReference' || asked.uses > 0)).toBe(false);
    }));

  test('it leads where it was last said to lead, which a definition says of a new one alone', () =>
    everyStep(({ asked, before, after }) => {
      if (asked.type === 'RemoveSecretReference') return;
      const isSaid = (asked.type === 'DefineSecretReference') === (before.status === 'absent');
      expect(after).toEqual(isSaid ? { status: 'defined', locator: asked.locator } : before);
    }));

  test('what is recorded changes something, and asked at once again nothing more is', () =>
    everyStep(({ asked, before, events, after }) => {
      if (events.length > 0) expect(after).not.toEqual(before);
      expect(decided(asked, after)).toEqual([]);
    }));
});
