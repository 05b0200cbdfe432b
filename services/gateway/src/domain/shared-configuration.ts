import { ListedModels, type ModelFacts, type Prices } from '@gatehouse/offering';
import { type Quirks, UNKNOWN_QUIRKS } from './quirks';

/** An entry of what all organizations share. */
export type SharedChange =
  | { readonly kind: 'provider'; readonly name: string; readonly quirks: Quirks }
  | { readonly kind: 'priceBook'; readonly version: bigint }
  | { readonly kind: 'model'; readonly provider: string; readonly facts: ModelFacts }
  | {
      readonly kind: 'price';
      readonly provider: string;
      readonly name: string;
      readonly prices: Prices;
    };

const PROVIDER = 'provider:';
const MODEL = 'model:';
const PRICE = 'price:';
const PRICE_BOOK = 'pricebook';

/** `kind:provider/name`; a model's name may hold slashes, a provider's does not. */
export const modelIn = (id: string): { readonly provider: string; readonly name: string } => {
  const [, provider = '', name = ''] = /^[a-z]+:([^/]+)\/(.+)$/s.exec(id) ?? [];
  return { provider, name };
};

/**
 * What all organizations share: how providers are to be called, their models and what these cost, and which price book is
 * in force.
 */
export class SharedConfiguration {
  private readonly quirks = new Map<string, Quirks>();
  private readonly listed = new Map<string, ListedModels>();
  private bookVersion: bigint | undefined;

  /** Undefined where none was told. */
  get priceBookVersion(): bigint | undefined {
    return this.bookVersion;
  }

  quirksOf(provider: string): Quirks {
    return this.quirks.get(provider) ?? UNKNOWN_QUIRKS;
  }

  /** Of a provider that nothing was told of, none. */
  listedOf(provider: string): ListedModels {
    const known = this.listed.get(provider) ?? new ListedModels();
    this.listed.set(provider, known);
    return known;
  }

  apply(change: SharedChange): void {
    switch (change.kind) {
      case 'provider':
        this.quirks.set(change.name, change.quirks);
        return;
      case 'priceBook':
        this.bookVersion = change.version;
        return;
      case 'model':
        return this.listedOf(change.provider).setFacts(change.facts.name, change.facts);
      case 'price':
        return this.listedOf(change.provider).setPrices(change.name, change.prices);
    }
  }

  /** Ids of other kinds of entries are of no concern. */
  forget(id: string): void {
    if (id === PRICE_BOOK) this.bookVersion = undefined;
    else if (id.startsWith(PROVIDER)) this.quirks.delete(id.slice(PROVIDER.length));
    else if (id.startsWith(MODEL)) this.modelGone(id);
    else if (id.startsWith(PRICE)) this.priceGone(id);
  }

  private modelGone(id: string): void {
    const { provider, name } = modelIn(id);
    this.listedOf(provider).setFacts(name, undefined);
  }

  private priceGone(id: string): void {
    const { provider, name } = modelIn(id);
    this.listedOf(provider).setPrices(name, undefined);
  }
}
