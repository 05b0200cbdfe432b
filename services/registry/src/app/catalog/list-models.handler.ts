import { AppError, findPage, type Page, type PageRequest } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ProviderCatalog } from '../integration/integration.ports';
import { type Listed, type ListedModel, ListedModels } from '../publication/listed-models';

/** A page of models and the versions that list them. */
export type ListedPage = Page<ListedModel, string> & Pick<Listed, 'catalogVersion' | 'priceBookVersion'>;

export class ListModelsQuery extends Query<ListedPage> {
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
  constructor(
    private readonly catalog: ProviderCatalog,
    private readonly listed: ListedModels,
  ) {}

  async execute({ provider, page }: ListModelsQuery): Promise<ListedPage> {
    if (this.catalog.find(provider) === undefined) throw new AppError('NOT_FOUND', 'PROVIDER_UNKNOWN');
    const { modelsOf, ...versions } = await this.listed.now();
    const models = modelsOf(provider);
    const found = await findPage(
      page,
      ({ after = '' }) => models.filter(({ facts }) => facts.name > after),
      ({ facts }) => facts.name,
    );
    return { ...found, ...versions };
  }
}
