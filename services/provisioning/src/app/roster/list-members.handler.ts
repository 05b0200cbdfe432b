import type { CountedPage, KeyedPlace, OrganizationId, PageRequest } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type MemberSelection, ROSTER, RosterDirectory } from './roster.ports';
import type { MemberView } from './roster.view';

export class ListMembersQuery extends Query<CountedPage<MemberView, KeyedPlace>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly selection: MemberSelection,
    readonly page: PageRequest<KeyedPlace>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListMembersQuery)
export class ListMembersHandler implements IQueryHandler<ListMembersQuery> {
  constructor(
    private readonly directory: RosterDirectory,
    private readonly projections: Projections,
  ) {}

  async execute(query: ListMembersQuery): Promise<CountedPage<MemberView, KeyedPlace>> {
    const { organizationId, selection, page, atLeastPosition } = query;
    await this.projections.waitFor(ROSTER, atLeastPosition);
    return this.directory.members(organizationId, selection, page);
  }
}
