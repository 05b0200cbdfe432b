import type { Content } from '@gatehouse/contents';
import type { ModelFacts, Prices } from '@gatehouse/offering';
import { Injectable } from '@nestjs/common';
import {
  type ByModel,
  Contents,
  CurrentContents,
  type CurrentOf,
  type PriceBookNamed,
} from '../../app/publication/publication.ports';
import { CatalogStream, PriceBookStream } from '../../app/publication/publication-streams';
import { fromCatalogContent, fromPriceBookContent } from './content-messages';

/** Asks the log what was published last, each time, and reads a content once. */
@Injectable()
export class LoggedCurrentContents extends CurrentContents {
  private readonly catalogs: Current<ModelFacts>;
  private readonly priceBooks: Current<Prices>;

  constructor(
    catalog: CatalogStream,
    private readonly books: PriceBookStream,
    private readonly contents: Contents,
  ) {
    super();
    this.catalogs = new Current(catalog, contents, fromCatalogContent);
    this.priceBooks = new Current(books, contents, fromPriceBookContent);
  }

  catalog(): Promise<CurrentOf<ModelFacts>> {
    return this.catalogs.get();
  }

  priceBook(): Promise<CurrentOf<Prices> & { readonly source: string }> {
    return this.priceBooks.get();
  }

  async priceBookNamed(named: PriceBookNamed): Promise<CurrentOf<Prices> | undefined> {
    const published =
      'at' in named ? await this.books.inForceAt(named.at) : await this.books.numbered(named.version);
    if (!published) return undefined;
    const { version, sha256 } = published;
    return { version, models: fromPriceBookContent(await contentNamed(this.contents, sha256)) };
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
      this.read = { sha256, models: this.parse(await contentNamed(this.contents, sha256)) };
    }
    return { version, models: this.read.models, source };
  }
}

const contentNamed = async (contents: Contents, sha256: string): Promise<Content> => {
  const content = await contents.find(sha256);
  if (!content) throw new Error(`the content ${sha256} was published and is not kept`);
  return content;
};
