import {
  type Cursors,
  fromProtoPage,
  largerRequest,
  RequestChecks,
  type GrpcController,
  GrpcService,
  Requires,
  SMALL_REQUEST,
  toProtoPageToken,
} from '@gatehouse/grpc';
import {
  integrationId,
  type IntegrationId,
  invalidField,
  type OrganizationId,
  organizationId,
  type Page,
} from '@gatehouse/kernel';
import { toProtoModelFacts, toProtoPrices } from '@gatehouse/offering-messages';
import { registryV1 } from '@gatehouse/proto-gen';
import { QueryBus } from '@nestjs/cqrs';
import { GetProviderQuery, type ListedProvider } from '../../app/catalog/get-provider.handler';
import { ListPricesQuery, type PriceCursor } from '../../app/catalog/list-prices.handler';
import { type PricedModels, PriceModelsQuery } from '../../app/catalog/price-models.handler';
import { ListModelsQuery } from '../../app/catalog/list-models.handler';
import { ListProvidersQuery } from '../../app/catalog/list-providers.handler';
import { GetPublishedContentQuery } from '../../app/publication/get-published-content.handler';
import { toProtoListedModel } from './listed-model-conversion';
import { toProtoProvider } from './provider-conversion';

/** Providers and their models are in order of their names. */
const NAMES: Cursors<string> = {
  print: (name) => [name],
  parse: ([name, ...more]) => (more.length === 0 ? name : undefined),
};

const PRICES: Cursors<PriceCursor> = {
  print: ({ provider, model }) => [provider, model],
  parse: ([provider, model, ...more]) =>
    provider !== undefined && model !== undefined && more.length === 0 ? { provider, model } : undefined,
};

const PRICES_PAGING = { max: 500, fallback: 100, cursors: PRICES };
const PAGING = { max: 200, fallback: 50, cursors: NAMES };
const MODELS_PAGING = { max: 500, fallback: 100, cursors: NAMES };

const PRICED_MODELS_MAX = 2_000;
/** Each an id and a name. */
const PRICED_MODELS_REQUEST = largerRequest({ kibibytes: 1_024, fieldsMax: 3 * PRICED_MODELS_MAX + 8 });

@GrpcService('CatalogService', registryV1.CatalogServiceService)
export class CatalogController implements GrpcController<typeof registryV1.CatalogServiceService> {
  constructor(private readonly queries: QueryBus) {}

  @Requires('authenticated', 'providers.list', SMALL_REQUEST)
  async listProviders(request: registryV1.ListProvidersRequest): Promise<registryV1.ListProvidersResponse> {
    return toProtoListProvidersResponse(await this.queries.execute(fromProtoListProvidersRequest(request)));
  }

  @Requires('authenticated', 'providers.read', SMALL_REQUEST)
  async getProvider({ name }: registryV1.GetProviderRequest): Promise<registryV1.GetProviderResponse> {
    return { provider: toProtoListedProvider(await this.queries.execute(new GetProviderQuery(name))) };
  }

  @Requires('authenticated', 'providers.list', SMALL_REQUEST)
  async listModels(request: registryV1.ListModelsRequest): Promise<registryV1.ListModelsResponse> {
    const query = new ListModelsQuery(request.provider, fromProtoPage(request, MODELS_PAGING));
    const { items, next, ...versions } = await this.queries.execute(query);
    return {
      models: items.map(toProtoListedModel),
      facts: items.map(({ facts }) => ({ name: facts.name, facts: toProtoModelFacts(facts) })),
      prices: items.map(({ prices }) => toProtoPrices(prices ?? { rates: {}, tiers: [] })),
      ...versions,
      nextPageToken: toProtoPageToken(next, MODELS_PAGING),
    };
  }

  @Requires('authenticated', 'providers.list', SMALL_REQUEST)
  async listPrices(request: registryV1.ListPricesRequest): Promise<registryV1.ListPricesResponse> {
    const { provider, search } = request;
    if (search.length > 100) throw invalidField('search', 'must have at most 100 characters');
    const query = new ListPricesQuery(provider, search, fromProtoPage(request, PRICES_PAGING));
    const { items, next, ...book } = await this.queries.execute(query);
    return {
      prices: items.map((item) => ({ ...item, prices: toProtoPrices(item.prices) })),
      nextPageToken: toProtoPageToken(next, PRICES_PAGING),
      ...book,
    };
  }

  @Requires('service', SMALL_REQUEST)
  async getPublishedContent({
    sha256,
  }: registryV1.GetPublishedContentRequest): Promise<registryV1.GetPublishedContentResponse> {
    if (!/^[0-9a-f]{64}$/.test(sha256)) throw invalidField('sha256', 'must have 64 hex digits');
    const { gzip } = await this.queries.execute(new GetPublishedContentQuery(sha256));
    return { gzip: Buffer.from(gzip) };
  }

  @Requires('service.metering', PRICED_MODELS_REQUEST)
  async priceModels(request: registryV1.PriceModelsRequest): Promise<registryV1.PriceModelsResponse> {
    return toProtoPricedModels(await this.queries.execute(fromProtoPriceModels(request)));
  }
}

const fromProtoListProvidersRequest = (request: registryV1.ListProvidersRequest): ListProvidersQuery =>
  new ListProvidersQuery(fromProtoPage(request, PAGING));

const toProtoListProvidersResponse = ({
  items,
  next,
}: Page<ListedProvider, string>): registryV1.ListProvidersResponse => ({
  providers: items.map(toProtoListedProvider),
  nextPageToken: toProtoPageToken(next, PAGING),
});

const toProtoListedProvider = ({ provider, models }: ListedProvider): registryV1.Provider =>
  toProtoProvider(provider, models.map(toProtoListedModel));

const fromProtoPriceModels = ({
  organizationId: organization,
  priceBook,
  models,
}: registryV1.PriceModelsRequest): PriceModelsQuery => {
  const checks = new RequestChecks();
  const id = checks.parse('organization_id', 'must be the id of an organization', () =>
    organizationId(organization),
  );
  if (models.length > PRICED_MODELS_MAX) checks.fault('models', `must be at most ${PRICED_MODELS_MAX}`);
  const asked = models.map(({ integrationId: integration, model }) => ({
    model,
    integrationId: checks.parse('models.integration_id', 'must be the id of an integration', () =>
      integrationId(integration),
    ) as IntegrationId,
  }));
  checks.done();
  const book =
    priceBook && (priceBook.$case === 'at' ? { at: priceBook.value } : { version: priceBook.value });
  // It is used only after `done`, which throws where there was a fault.
  return new PriceModelsQuery(id as OrganizationId, book, asked);
};

const toProtoPricedModels = ({ priceBookVersion, models }: PricedModels): registryV1.PriceModelsResponse => ({
  priceBookVersion,
  models: models.map(({ integrationId: id, model, prices }) => ({
    ...{ integrationId: id, model },
    prices: prices && toProtoPrices(prices),
  })),
});
