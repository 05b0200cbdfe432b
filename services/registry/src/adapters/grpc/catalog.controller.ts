import {
  type Cursors,
  fromProtoPage,
  type GrpcController,
  GrpcService,
  Requires,
  SMALL_REQUEST,
  toProtoPageToken,
} from '@gatehouse/grpc';
import { invalidField, type Page } from '@gatehouse/kernel';
import { toProtoModelFacts, toProtoPrices } from '@gatehouse/offering-messages';
import { registryV1 } from '@gatehouse/proto-gen';
import { QueryBus } from '@nestjs/cqrs';
import { GetProviderQuery, type ListedProvider } from '../../app/catalog/get-provider.handler';
import { ListPricesQuery, type PriceCursor } from '../../app/catalog/list-prices.handler';
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
