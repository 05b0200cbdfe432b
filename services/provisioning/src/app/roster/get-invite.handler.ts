import { AppError, Clock, type InviteId, type OrganizationId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ROSTER, RosterDirectory } from './roster.ports';
import type { InviteView } from './roster.view';

export class GetInviteQuery extends Query<InviteView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly inviteId: InviteId,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(GetInviteQuery)
export class GetInviteHandler implements IQueryHandler<GetInviteQuery> {
  constructor(
    private readonly directory: RosterDirectory,
    private readonly projections: Projections,
    private readonly clock: Clock,
  ) {}

  async execute({ organizationId, inviteId, atLeastPosition }: GetInviteQuery): Promise<InviteView> {
    await this.projections.waitFor(ROSTER, atLeastPosition);
    const view = await this.directory.invite(organizationId, inviteId, this.clock.now());
    if (!view) throw new AppError('NOT_FOUND', 'INVITE_UNKNOWN');
    return view;
  }
}
