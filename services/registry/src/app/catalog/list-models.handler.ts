import { AppError } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Model } from '../../domain/integration/model';
import { ProviderCatalog } from '../integration/integration.ports';

export interface ModelPage {
  readonly models: readonly Model[];
  /** The name to go on after; undefined on the last page. */
  readonly next: string | undefined;
}

export class ListModelsQuery extends Query<ModelPage> {
  constructor(
    readonly provider: string,
    /** A model's name; empty for the first page. */
    readonly after: string,
    readonly limit: number,
  ) {
    super();
  }
}

/** What the catalog knows of a provider's models, by name. Errors: NOT_FOUND `PROVIDER_UNKNOWN`. */
@QueryHandler(ListModelsQuery)
export class ListModelsHandler implements IQueryHandler<ListModelsQuery> {
  constructor(private readonly catalog: ProviderCatalog) {}

  async execute({ provider, after, limit }: ListModelsQuery): Promise<ModelPage> {
    const known = this.catalog.find(provider);
    if (known === undefined) throw new AppError('NOT_FOUND', 'PROVIDER_UNKNOWN');
    const found = known.models.filter(({ name }) => name > after).sort((a, b) => (a.name < b.name ? -1 : 1));
    const models = found.slice(0, limit);
    return { models, next: found.length > limit ? models.at(-1)?.name : undefined };
  }
}
