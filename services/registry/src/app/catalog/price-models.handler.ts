import { AppError, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import { composedModel, type ModelDecisions, type Prices, type PublishedModels } from '@gatehouse/offering';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { IntegrationStreams } from '../integration/integration-streams';
import { type CurrentOf, CurrentContents, type PriceBookNamed } from '../publication/publication.ports';

export interface IntegrationModel {
  readonly integrationId: IntegrationId;
  readonly model: string;
}

export interface PricedIntegrationModel extends IntegrationModel {
  /** Undefined: unpriced. */
  readonly prices: Prices | undefined;
}

export interface PricedModels {
  readonly priceBookVersion: bigint;
  /** In the order that was asked for. */
  readonly models: readonly PricedIntegrationModel[];
}

export class PriceModelsQuery extends Query<PricedModels> {
  constructor(
    readonly organizationId: OrganizationId,
    /** Undefined: the one in force. */
    readonly book: PriceBookNamed | undefined,
    readonly models: readonly IntegrationModel[],
  ) {
    super();
  }
}

/** By what an integration's admins have decided until now; also of one that was deleted. NOT_FOUND `PRICE_BOOK_UNKNOWN`. */
@QueryHandler(PriceModelsQuery)
export class PriceModelsHandler implements IQueryHandler<PriceModelsQuery> {
  constructor(
    private readonly current: CurrentContents,
    private readonly integrations: IntegrationStreams,
  ) {}

  async execute({ organizationId, book: named, models }: PriceModelsQuery): Promise<PricedModels> {
    const book = named ? await this.current.priceBookNamed(named) : await this.current.priceBook();
    if (!book) throw new AppError('NOT_FOUND', 'PRICE_BOOK_UNKNOWN');
    const pricing = new Map<IntegrationId, Pricing | undefined>();
    for (const { integrationId } of models)
      if (!pricing.has(integrationId))
        pricing.set(integrationId, await this.pricingOf(organizationId, integrationId));
    return {
      priceBookVersion: book.version,
      models: models.map(({ integrationId, model }) => ({
        ...{ integrationId, model },
        prices: pricesOf(model, pricing.get(integrationId), book),
      })),
    };
  }

  private async pricingOf(organizationId: OrganizationId, id: IntegrationId): Promise<Pricing | undefined> {
    const { integration } = await this.integrations.history(id);
    if (!('details' in integration) || integration.details.organizationId !== organizationId)
      return undefined;
    const { provider, modelDecisions: decisions } = integration.details;
    return { provider, decisions };
  }
}

interface Pricing {
  readonly provider: string;
  readonly decisions: ModelDecisions;
}

const pricesOf = (
  model: string,
  pricing: Pricing | undefined,
  book: CurrentOf<Prices>,
): Prices | undefined => {
  if (!pricing) return undefined;
  const ofProvider = book.models.get(pricing.provider);
  const published: PublishedModels = {
    names: () => ofProvider?.keys() ?? [],
    factsOf: () => undefined,
    pricesOf: (name) => ofProvider?.get(name),
  };
  return composedModel(model, pricing.decisions, published).price?.prices;
};
