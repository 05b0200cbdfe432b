import {
  decodePageToken,
  encodePageToken,
  type GrpcController,
  GrpcService,
  pageSize,
  Requires,
  SMALL_REQUEST,
} from '@gatehouse/grpc';
import { registryV1 } from '@gatehouse/proto-gen';
import { QueryBus } from '@nestjs/cqrs';
import { GetProviderQuery } from '../../app/catalog/get-provider.handler';
import { ListModelsQuery } from '../../app/catalog/list-models.handler';
import { ListProvidersQuery, type ProviderPage } from '../../app/catalog/list-providers.handler';
import { toProtoModel } from '../events/recorded-model';
import { toProtoProvider } from './provider-conversion';

const PAGE = { max: 200, fallback: 50 };
const MODELS_PAGE = { max: 500, fallback: 100 };

@GrpcService('CatalogService', registryV1.CatalogServiceService)
export class CatalogController implements GrpcController<typeof registryV1.CatalogServiceService> {
  constructor(private readonly queries: QueryBus) {}

  @Requires('authenticated', SMALL_REQUEST)
  async listProviders(request: registryV1.ListProvidersRequest): Promise<registryV1.ListProvidersResponse> {
    return toProtoListProvidersResponse(await this.queries.execute(fromProtoListProvidersRequest(request)));
  }

  @Requires('authenticated', SMALL_REQUEST)
  async getProvider({ name }: registryV1.GetProviderRequest): Promise<registryV1.GetProviderResponse> {
    return { provider: toProtoProvider(await this.queries.execute(new GetProviderQuery(name))) };
  }

  @Requires('authenticated', SMALL_REQUEST)
  async listModels(request: registryV1.ListModelsRequest): Promise<registryV1.ListModelsResponse> {
    const after = decodePageToken(request.pageToken, 1)?.[0] ?? '';
    const query = new ListModelsQuery(request.provider, after, pageSize(request.pageSize, MODELS_PAGE));
    const { models, next } = await this.queries.execute(query);
    return {
      models: models.map(toProtoModel),
      nextPageToken: next === undefined ? '' : encodePageToken([next]),
    };
  }
}

const fromProtoListProvidersRequest = (request: registryV1.ListProvidersRequest): ListProvidersQuery =>
  new ListProvidersQuery(decodePageToken(request.pageToken, 1)?.[0] ?? '', pageSize(request.pageSize, PAGE));

const toProtoListProvidersResponse = ({
  providers,
  next,
}: ProviderPage): registryV1.ListProvidersResponse => ({
  providers: providers.map(toProtoProvider),
  nextPageToken: next === undefined ? '' : encodePageToken([next]),
});
