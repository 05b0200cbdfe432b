import { AppError, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Slug } from '../../domain/slug/slug';
import { IntegrationDirectory } from './integration.ports';
import type { IntegrationView } from './integration-streams';

/** By its id, or by the slug that it has now. */
export type NamedIntegration = { readonly id: IntegrationId } | { readonly slug: Slug };

export class GetIntegrationQuery extends Query<IntegrationView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly named: NamedIntegration,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

/** Errors: NOT_FOUND `INTEGRATION_UNKNOWN`, for another organization's as for none. */
@QueryHandler(GetIntegrationQuery)
export class GetIntegrationHandler implements IQueryHandler<GetIntegrationQuery> {
  constructor(private readonly directory: IntegrationDirectory) {}

  async execute({ organizationId, named, atLeastPosition }: GetIntegrationQuery): Promise<IntegrationView> {
    await this.directory.waitFor(atLeastPosition);
    const view =
      'id' in named
        ? await this.directory.find(organizationId, named.id)
        : await this.directory.findBySlug(organizationId, named.slug);
    if (view === undefined) throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
    return view;
  }
}
