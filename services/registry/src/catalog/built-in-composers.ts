import type { Content } from '@gatehouse/contents';
import {
  fromCatalogContent,
  toCatalogContent,
  toPriceBookContent,
} from '../adapters/contents/content-messages';
import { CatalogComposer, type Composed, PriceBookComposer } from '../app/publication/publication.ports';
import { BuiltInCatalog } from './built-in-catalog';
import { keptModels, type KnownModel, pricedModelFacts } from './model-facts';
import { nextModels } from './next-catalog';
import { builtInPrices, SOURCE_IDS } from './prices/built-in-prices';
import { type PriceBook, priceBookAt, type Wanted } from './prices/price-book';
import { nextBoundary, type SourceProvider } from './prices/source-prices';

/** How what comes with the product is called as a source. */
export const BUILT_IN = 'built in';

/** Composes the catalog from the rows and data that come with the product. */
export class BuiltInCatalogComposer extends CatalogComposer {
  compose(version: bigint, before: Content | undefined): Composed {
    const listed = before && fromCatalogContent(before);
    const providers = new BuiltInCatalog().list().map((row) => ({
      row,
      models: nextModels(knownModels(row.name), version, listed?.get(row.name)),
    }));
    return { content: toCatalogContent(providers), source: BUILT_IN };
  }

  nextChange(): undefined {
    return undefined;
  }
}

/** Composes the price book from the prices that come with the product, for the moment. */
export class BuiltInPriceBookComposer extends PriceBookComposer {
  compose(_version: bigint, _before: Content | undefined, at: Date): Composed {
    return {
      content: toPriceBookContent(builtInPriceBook(at)),
      source: BUILT_IN,
    };
  }

  nextChange(after: Date): Date | undefined {
    return nextBoundary(builtInPrices(), after);
  }
}

export const builtInPriceBook = (at: Date): PriceBook =>
  priceBookAt(builtInPrices(), wantedFrom(builtInPrices()), at);

/** The models of the catalog, and whatever else the source names. */
export const wantedFrom = (sources: readonly SourceProvider[]): readonly Wanted[] =>
  Object.entries(SOURCE_IDS).map(([name, sourceId]) => {
    const named = sources.find(({ id }) => id === sourceId)?.models.map(({ id }) => id) ?? [];
    return { name, sourceId, models: [...new Set([...knownModels(name).keys(), ...named])] };
  });

/** What the data file knows, and beside it what is priced. */
const knownModels = (provider: string): ReadonlyMap<string, KnownModel> => {
  const source = builtInPrices().find(({ id }) => id === SOURCE_IDS[provider]);
  const priced = source?.models.map((model) => [model.id, pricedModelFacts(provider, model)] as const) ?? [];
  return new Map([...priced, ...keptModels(provider)]);
};
