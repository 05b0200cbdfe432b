import { AppError } from '@gatehouse/kernel';
import fc from 'fast-check';
import { publicationDecider } from './publication.decider';
import type { PriceBookPublished } from './publication.events';
import type { PublishContent } from './publish-content';

const decider = publicationDecider('PriceBookPublished');
const command: fc.Arbitrary<PublishContent> = fc
  .record({ version: fc.bigInt({ min: 0n, max: 6n }), sha256: fc.constantFrom('a1', 'b2', 'c3') })
  .map((asked) => ({ type: 'PublishContent', at: new Date(0), source: 'spec', ...asked }));

/** What a sequence of commands records, whichever of them are refused. */
const recorded = (commands: readonly PublishContent[]): readonly PriceBookPublished[] => {
  let state = decider.initial;
  return commands.flatMap((asked) => {
    try {
      const events = decider.decide(asked, state);
      state = events.reduce(decider.evolve, state);
      return events;
    } catch (error) {
      if (error instanceof AppError) return [];
      throw error;
    }
  });
};

test('whoever publishes, in whatever order, versions count from 1 without a gap, and each has another content', () =>
  fc.assert(
    fc.property(fc.array(command, { maxLength: 40 }), (commands) => {
      const published = recorded(commands);
      expect(published.map(({ version }) => version)).toEqual(
        published.map((_one, index) => BigInt(index + 1)),
      );
      for (const [index, { sha256 }] of published.entries()) {
        expect(sha256).not.toBe(published[index - 1]?.sha256);
      }
    }),
  ));
