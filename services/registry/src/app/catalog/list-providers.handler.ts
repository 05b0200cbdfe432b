import { findPage, type Page, type PageRequest } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ProviderCatalog } from '../integration/integration.ports';
import type { ListedProvider } from './get-provider.handler';
import { ListedModels } from '../publication/listed-models';

export class ListProvidersQuery extends Query<Page<ListedProvider, string>> {
  constructor(
    /** By name. */
    readonly page: PageRequest<string>,
  ) {
    super();
  }
}

@QueryHandler(ListProvidersQuery)
export class ListProvidersHandler implements IQueryHandler<ListProvidersQuery> {
  constructor(
    private readonly catalog: ProviderCatalog,
    private readonly listed: ListedModels,
  ) {}

  async execute({ page }: ListProvidersQuery): Promise<Page<ListedProvider, string>> {
    const { modelsOf } = await this.listed.now();
    const providers = this.catalog.list().map((provider) => ({ provider, models: modelsOf(provider.name) }));
    return findPage(
      page,
      ({ after = '' }) => providers.filter(({ provider }) => provider.name > after),
      ({ provider }) => provider.name,
    );
  }
}
