import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Provider } from '../../domain/integration/provider';
import { ProviderCatalog } from '../integration/integration.ports';

export interface ProviderPage {
  readonly providers: readonly Provider[];
  /** The name to go on after; undefined on the last page. */
  readonly next: string | undefined;
}

export class ListProvidersQuery extends Query<ProviderPage> {
  constructor(
    /** A provider's name; empty for the first page. */
    readonly after: string,
    readonly limit: number,
  ) {
    super();
  }
}

@QueryHandler(ListProvidersQuery)
export class ListProvidersHandler implements IQueryHandler<ListProvidersQuery> {
  constructor(private readonly catalog: ProviderCatalog) {}

  async execute({ after, limit }: ListProvidersQuery): Promise<ProviderPage> {
    const found = this.catalog.list().filter(({ name }) => name > after);
    const providers = found.slice(0, limit);
    return { providers, next: found.length > limit ? providers.at(-1)?.name : undefined };
  }
}
