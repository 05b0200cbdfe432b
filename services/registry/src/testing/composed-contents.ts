import type { ModelFacts, Prices } from '@gatehouse/offering';
import { fromCatalogContent, fromPriceBookContent } from '../adapters/contents/content-messages';
import { CurrentContents, type CurrentOf, type PriceBookNamed } from '../app/publication/publication.ports';
import { BuiltInCatalogComposer, BuiltInPriceBookComposer } from '../catalog/built-in-composers';

const AT = new Date('2026-11-26T12:00:00Z');
const composed = {
  catalog: fromCatalogContent(new BuiltInCatalogComposer().compose(1n, undefined).content),
  priceBook: fromPriceBookContent(new BuiltInPriceBookComposer().compose(1n, undefined, AT).content),
};

/** What comes with the product, as if it had been published. */
export class ComposedContents extends CurrentContents {
  async catalog(): Promise<CurrentOf<ModelFacts>> {
    return { version: 1n, models: composed.catalog };
  }

  async priceBook(): Promise<CurrentOf<Prices> & { readonly source: string }> {
    return { version: 1n, models: composed.priceBook, source: 'built in' };
  }

  async priceBookNamed(named: PriceBookNamed): Promise<CurrentOf<Prices> | undefined> {
    const isThere = 'at' in named ? named.at >= AT : named.version === 1n;
    return isThere ? this.priceBook() : undefined;
  }
}
