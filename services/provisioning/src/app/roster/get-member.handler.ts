import { AppError, type MemberId, type OrganizationId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ROSTER, RosterDirectory } from './roster.ports';
import type { MemberView } from './roster.view';

export class GetMemberQuery extends Query<MemberView> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly memberId: MemberId,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(GetMemberQuery)
export class GetMemberHandler implements IQueryHandler<GetMemberQuery> {
  constructor(
    private readonly directory: RosterDirectory,
    private readonly projections: Projections,
  ) {}

  async execute({ organizationId, memberId, atLeastPosition }: GetMemberQuery): Promise<MemberView> {
    await this.projections.waitFor(ROSTER, atLeastPosition);
    const view = await this.directory.member(organizationId, memberId);
    if (!view) throw new AppError('NOT_FOUND', 'MEMBER_UNKNOWN');
    return view;
  }
}
