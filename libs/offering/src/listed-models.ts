import type { ModelFacts } from './model-facts';
import type { PublishedModels } from './offered-model';
import type { Prices } from './prices';

/** What is published of one provider's models, as far as somebody was told. */
export class ListedModels implements PublishedModels {
  private readonly facts = new Map<string, ModelFacts>();
  private readonly prices = new Map<string, Prices>();
  private changes = 0;

  /** Another one after every change: what was joined at one generation holds as long as it stands. */
  get generation(): number {
    return this.changes;
  }

  names(): Iterable<string> {
    return this.facts.keys();
  }

  factsOf(name: string): ModelFacts | undefined {
    return this.facts.get(name);
  }

  pricesOf(name: string): Prices | undefined {
    return this.prices.get(name);
  }

  /** Undefined takes them away. */
  setFacts(name: string, facts: ModelFacts | undefined): void {
    put(this.facts, name, facts);
    this.changes++;
  }

  setPrices(name: string, prices: Prices | undefined): void {
    put(this.prices, name, prices);
    this.changes++;
  }
}

const put = <Value>(values: Map<string, Value>, name: string, value: Value | undefined): void => {
  if (value === undefined) values.delete(name);
  else values.set(name, value);
};
