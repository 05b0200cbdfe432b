import { findPage, type Page, type PageRequest } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Provider } from '../../domain/integration/provider';
import { ProviderCatalog } from '../integration/integration.ports';

export class ListProvidersQuery extends Query<Page<Provider, string>> {
  constructor(
    /** By name. */
    readonly page: PageRequest<string>,
  ) {
    super();
  }
}

@QueryHandler(ListProvidersQuery)
export class ListProvidersHandler implements IQueryHandler<ListProvidersQuery> {
  constructor(private readonly catalog: ProviderCatalog) {}

  execute({ page }: ListProvidersQuery): Promise<Page<Provider, string>> {
    return findPage(
      page,
      ({ after = '' }) => this.catalog.list().filter(({ name }) => name > after),
      ({ name }) => name,
    );
  }
}
