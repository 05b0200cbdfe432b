import { AppError, findPage, type Page, type PageRequest } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Model } from '../../domain/integration/model';
import { ProviderCatalog } from '../integration/integration.ports';

export class ListModelsQuery extends Query<Page<Model, string>> {
  constructor(
    readonly provider: string,
    /** By name. */
    readonly page: PageRequest<string>,
  ) {
    super();
  }
}

/** What the catalog knows of a provider's models, by name. Errors: NOT_FOUND `PROVIDER_UNKNOWN`. */
@QueryHandler(ListModelsQuery)
export class ListModelsHandler implements IQueryHandler<ListModelsQuery> {
  constructor(private readonly catalog: ProviderCatalog) {}

  async execute({ provider, page }: ListModelsQuery): Promise<Page<Model, string>> {
    const known = this.catalog.find(provider);
    if (known === undefined) throw new AppError('NOT_FOUND', 'PROVIDER_UNKNOWN');
    const models = [...known.models].sort((a, b) => (a.name < b.name ? -1 : 1));
    return findPage(
      page,
      ({ after = '' }) => models.filter(({ name }) => name > after),
      ({ name }) => name,
    );
  }
}
