import { findPage, type OrganizationId, type Page, type PageRequest } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { SecretReferenceDirectory, type SecretReferenceView } from './secret-reference.ports';

export class ListSecretReferencesQuery extends Query<Page<SecretReferenceView, string>> {
  constructor(
    readonly organizationId: OrganizationId,
    /** By slug. */
    readonly page: PageRequest<string>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListSecretReferencesQuery)
export class ListSecretReferencesHandler implements IQueryHandler<ListSecretReferencesQuery> {
  constructor(private readonly directory: SecretReferenceDirectory) {}

  async execute(query: ListSecretReferencesQuery): Promise<Page<SecretReferenceView, string>> {
    await this.directory.waitFor(query.atLeastPosition);
    return findPage(
      query.page,
      (request) => this.directory.list(query.organizationId, request),
      ({ slug }) => slug,
    );
  }
}
