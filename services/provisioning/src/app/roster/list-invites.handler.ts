import {
  Clock,
  type CountedPage,
  type KeyedPlace,
  type OrganizationId,
  type PageRequest,
} from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type InviteSelection, ROSTER, RosterDirectory } from './roster.ports';
import type { InviteView } from './roster.view';

export class ListInvitesQuery extends Query<CountedPage<InviteView, KeyedPlace>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly selection: InviteSelection,
    readonly page: PageRequest<KeyedPlace>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListInvitesQuery)
export class ListInvitesHandler implements IQueryHandler<ListInvitesQuery> {
  constructor(
    private readonly directory: RosterDirectory,
    private readonly projections: Projections,
    private readonly clock: Clock,
  ) {}

  async execute(query: ListInvitesQuery): Promise<CountedPage<InviteView, KeyedPlace>> {
    const { organizationId, selection, page, atLeastPosition } = query;
    await this.projections.waitFor(ROSTER, atLeastPosition);
    return this.directory.invites(organizationId, { ...selection, now: this.clock.now() }, page);
  }
}
