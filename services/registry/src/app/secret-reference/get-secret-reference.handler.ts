import { AppError, type OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import type { Slug } from '../../domain/slug/slug';
import { SecretReferenceDirectory, type SecretReferenceView } from './secret-reference.ports';

export class GetSecretReferenceQuery extends Query<SecretReferenceView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly slug: Slug,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

/** Errors: NOT_FOUND `SECRET_REFERENCE_UNKNOWN`. */
@QueryHandler(GetSecretReferenceQuery)
export class GetSecretReferenceHandler implements IQueryHandler<GetSecretReferenceQuery> {
  constructor(private readonly directory: SecretReferenceDirectory) {}

  async execute(query: GetSecretReferenceQuery): Promise<SecretReferenceView> {
    await this.directory.waitFor(query.atLeastPosition);
    const view = await this.directory.find(query.organizationId, query.slug);
    if (view === undefined) throw new AppError('NOT_FOUND', 'SECRET_REFERENCE_UNKNOWN');
    return view;
  }
}
