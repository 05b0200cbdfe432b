import { findPage, type Page, type PageRequest } from '@gatehouse/kernel';
import type { Prices } from '@gatehouse/offering';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { CurrentContents, PriceBookComposer } from '../publication/publication.ports';

/** What a model costs by the price book. */
export interface ListedPrice {
  readonly provider: string;
  readonly model: string;
  readonly prices: Prices;
}

/** Which of them: by provider and model. */
export type PriceCursor = Pick<ListedPrice, 'provider' | 'model'>;

export interface PricePage extends Page<ListedPrice, PriceCursor> {
  readonly priceBookVersion: bigint;
  readonly source: string;
  readonly refreshFault: string;
}

export class ListPricesQuery extends Query<PricePage> {
  constructor(
    /** Empty: all. */
    readonly provider: string,
    /** Part of a model's name, whatever the case. */
    readonly search: string,
    readonly page: PageRequest<PriceCursor>,
  ) {
    super();
  }
}

@QueryHandler(ListPricesQuery)
export class ListPricesHandler implements IQueryHandler<ListPricesQuery> {
  constructor(
    private readonly current: CurrentContents,
    private readonly composer: PriceBookComposer,
  ) {}

  async execute({ provider, search, page }: ListPricesQuery): Promise<PricePage> {
    const { version, source, models } = await this.current.priceBook();
    const wanted = search.toLowerCase();
    const listed = [...models]
      .filter(([name]) => provider === '' || name === provider)
      .flatMap(([name, prices]) =>
        [...prices].map(([model, one]) => ({ provider: name, model, prices: one })),
      )
      .filter(({ model }) => model.toLowerCase().includes(wanted));
    const found = await findPage(
      page,
      ({ after }) => listed.filter((price) => after === undefined || isAfter(price, after)),
      ({ provider: name, model }) => ({ provider: name, model }),
    );
    return { ...found, priceBookVersion: version, source, refreshFault: this.composer.fault };
  }
}

const isAfter = (price: PriceCursor, cursor: PriceCursor): boolean =>
  price.provider === cursor.provider ? price.model > cursor.model : price.provider > cursor.provider;
