import { AppError } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Provider } from '../../domain/integration/provider';
import { ProviderCatalog } from '../integration/integration.ports';

export class GetProviderQuery extends Query<Provider> {
  constructor(readonly name: string) {
    super();
  }
}

/** Errors: NOT_FOUND `PROVIDER_UNKNOWN`. */
@QueryHandler(GetProviderQuery)
export class GetProviderHandler implements IQueryHandler<GetProviderQuery> {
  constructor(private readonly catalog: ProviderCatalog) {}

  async execute({ name }: GetProviderQuery): Promise<Provider> {
    const provider = this.catalog.find(name);
    if (provider === undefined) throw new AppError('NOT_FOUND', 'PROVIDER_UNKNOWN');
    return provider;
  }
}
