import { AppError } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Provider } from '../../domain/integration/provider';
import { ProviderCatalog } from '../integration/integration.ports';
import { type ListedModel, ListedModels } from '../publication/listed-models';

/** A provider and what the catalog lists of it. */
export interface ListedProvider {
  readonly provider: Provider;
  readonly models: readonly ListedModel[];
}

export class GetProviderQuery extends Query<ListedProvider> {
  constructor(readonly name: string) {
    super();
  }
}

/** Errors: NOT_FOUND `PROVIDER_UNKNOWN`. */
@QueryHandler(GetProviderQuery)
export class GetProviderHandler implements IQueryHandler<GetProviderQuery> {
  constructor(
    private readonly catalog: ProviderCatalog,
    private readonly listed: ListedModels,
  ) {}

  async execute({ name }: GetProviderQuery): Promise<ListedProvider> {
    const provider = this.catalog.find(name);
    if (provider === undefined) throw new AppError('NOT_FOUND', 'PROVIDER_UNKNOWN');
    return { provider, models: (await this.listed.now()).modelsOf(name) };
  }
}
