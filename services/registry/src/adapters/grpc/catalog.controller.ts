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
import { ListProvidersQuery, type ProviderPage } from '../../app/catalog/list-providers.handler';
import type { CustomHostRule, Provider } from '../../domain/integration/provider';
import { toProtoModel } from '../events/recorded-model';

const PAGE = { max: 200, fallback: 50 };

@GrpcService('CatalogService', registryV1.CatalogServiceService)
export class CatalogController implements GrpcController<typeof registryV1.CatalogServiceService> {
  constructor(private readonly queries: QueryBus) {}

  @Requires('authenticated', SMALL_REQUEST)
  async listProviders(request: registryV1.ListProvidersRequest): Promise<registryV1.ListProvidersResponse> {
    return toProtoListProvidersResponse(await this.queries.execute(fromProtoListProvidersRequest(request)));
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

const CUSTOM_HOST_RULE: Readonly<Record<CustomHostRule, registryV1.CustomHostRule>> = {
  refused: registryV1.CustomHostRule.REFUSED,
  optional: registryV1.CustomHostRule.OPTIONAL,
  required: registryV1.CustomHostRule.REQUIRED,
};

const toProtoProvider = (provider: Provider): registryV1.Provider => ({
  name: provider.name,
  displayName: provider.displayName,
  baseUrl: provider.baseUrl,
  customHost: CUSTOM_HOST_RULE[provider.customHost],
  credentialFields: provider.credentialFields.map(({ name, optional }) => (optional ? `${name}?` : name)),
  dialect: provider.dialect,
  models: provider.models.map(toProtoModel),
});
