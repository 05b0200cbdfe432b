import type { Content } from '@gatehouse/contents';
import { AppError } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Contents } from './publication.ports';

export class GetPublishedContentQuery extends Query<Content> {
  constructor(
    /** Hex. */
    readonly sha256: string,
  ) {
    super();
  }
}

/** Errors: NOT_FOUND `CONTENT_UNKNOWN`. */
@QueryHandler(GetPublishedContentQuery)
export class GetPublishedContentHandler implements IQueryHandler<GetPublishedContentQuery> {
  constructor(private readonly contents: Contents) {}

  async execute({ sha256 }: GetPublishedContentQuery): Promise<Content> {
    const content = await this.contents.find(sha256);
    if (content === undefined) throw new AppError('NOT_FOUND', 'CONTENT_UNKNOWN');
    return content;
  }
}
