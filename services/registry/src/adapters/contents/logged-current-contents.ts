import type { Content } from '@gatehouse/contents';
import type { ModelFacts, Prices } from '@gatehouse/offering';
import { Injectable } from '@nestjs/common';
import {
  type ByModel,
  Contents,
  CurrentContents,
  type CurrentOf,
} from '../../app/publication/publication.ports';
import { CatalogStream, PriceBookStream } from '../../app/publication/publication-streams';
import { fromCatalogContent, fromPriceBookContent } from './content-messages';

/** Asks the log what was published last, each time, and reads a content once. */
@Injectable()
export class LoggedCurrentContents extends CurrentContents {
  private readonly catalogs: Current<ModelFacts>;
  private readonly priceBooks: Current<Prices>;

  constructor(catalog: CatalogStream, priceBook: PriceBookStream, contents: Contents) {
    super();
    this.catalogs = new Current(catalog, contents, fromCatalogContent);
    this.priceBooks = new Current(priceBook, contents, fromPriceBookContent);
  }

  catalog(): Promise<CurrentOf<ModelFacts>> {
    return this.catalogs.get();
  }

  priceBook(): Promise<CurrentOf<Prices> & { readonly source: string }> {
    return this.priceBooks.get();
  }
}

class Current<T> {
  private read: { readonly sha256: string; readonly models: ByModel<T> } | undefined;

  constructor(
    private readonly stream: Pick<CatalogStream | PriceBookStream, 'last'>,
    private readonly contents: Contents,
    private readonly parse: (content: Content) => ByModel<T>,
  ) {}

  async get(): Promise<CurrentOf<T> & { readonly source: string }> {
    const last = await this.stream.last();
    if (!last) return { version: 0n, models: new Map(), source: '' };
    const { version, sha256, source } = last;
    if (this.read?.sha256 !== sha256) {
      const content = await this.contents.find(sha256);
      if (!content) throw new Error(`the content ${sha256} was published and is not kept`);
      this.read = { sha256, models: this.parse(content) };
    }
    return { version, models: this.read.models, source };
  }
}
