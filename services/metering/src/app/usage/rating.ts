import { Clock, invalidField } from '@gatehouse/kernel';
import { Injectable } from '@nestjs/common';
import type { ModelPrices } from '../../domain/adjustment/rerating';
import type { RerateTerms } from '../../domain/adjustment/rerate-terms';
import { beginOf, GRAIN_MS } from '../../domain/usage/usage-rollup';
import { type PriceBookNamed, PriceBooks, Reratings, type ReratingLook } from './rerating.ports';
import { UsageAccounts } from './usage.ports';

/** As many as the registry prices at once. */
const MODELS_MAX = 2_000;
/** Whoever waits is told what was found until then. */
const LOOKING_MS = 5_000;

export interface PricedTerms {
  readonly priceBookVersion: bigint;
  readonly prices: ModelPrices;
}

/** What records of a span cost at other prices, before anything is done about it. */
@Injectable()
export class Rating {
  constructor(
    private readonly accounts: UsageAccounts,
    private readonly books: PriceBooks,
    private readonly reratings: Reratings,
    private readonly clock: Clock,
  ) {}

  /**
   * Prices of all models that were called in the span. INVALID where it is not over; NOT_FOUND `PRICE_BOOK_UNKNOWN`; REFUSED
   * `USAGE_ROWS_EXCEEDED`; UNAVAILABLE.
   */
  async priced(terms: RerateTerms, book: PriceBookNamed | undefined): Promise<PricedTerms> {
    if (terms.to > this.clock.now()) throw invalidField('terms.to', 'must be over');
    const models = await this.modelsIn(terms);
    const { version, prices } = await this.books.priced(terms.organizationId, book, models);
    return { priceBookVersion: version, prices };
  }

  look(terms: RerateTerms, prices: ModelPrices): Promise<ReratingLook> {
    const until = this.clock.monotonicMs() + LOOKING_MS;
    return this.reratings.look(terms, prices, () => this.clock.monotonicMs() < until);
  }

  private async modelsIn({ from, to, ...filter }: RerateTerms) {
    const span = {
      from: new Date(beginOf(from.getTime(), 'minute')),
      until: new Date(beginOf(to.getTime(), 'minute') + GRAIN_MS.minute),
    };
    const by = ['integration', 'model'] as const;
    const called = await this.accounts.sums(
      { ...filter, ...span },
      { by, latency: false, rowsMax: MODELS_MAX },
    );
    return called.map(({ by: { integration = '', model = '' } }) => ({ integrationId: integration, model }));
  }
}
