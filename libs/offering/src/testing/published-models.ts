import type { ModelFacts } from '../model-facts';
import type { PublishedModels } from '../offered-model';
import type { Prices } from '../prices';

/** What specs publish. */
export const published = ({
  facts,
  prices = {},
}: {
  readonly facts: readonly ModelFacts[];
  readonly prices?: Readonly<Record<string, Prices>>;
}): PublishedModels => ({
  names: () => facts.map(({ name }) => name),
  factsOf: (wanted) => facts.find(({ name }) => name === wanted),
  pricesOf: (name) => prices[name],
});
