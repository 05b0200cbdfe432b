import type { Position } from '@gatehouse/event-store';
import { AppError, Clock, type InviteId, type MemberId, type OrganizationId } from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import type { Answered } from '../answered';
import { ROSTER, RosterDirectory } from './roster.ports';
import type { InviteView, MemberView } from './roster.view';

/** What members and invites are at a position, with their names and addresses. */
@Injectable()
export class RosterAnswers {
  constructor(
    private readonly directory: RosterDirectory,
    private readonly projections: Projections,
    private readonly clock: Clock,
  ) {}

  async member(
    organizationId: OrganizationId,
    id: MemberId,
    position: Position,
  ): Promise<Answered<MemberView>> {
    await this.projections.waitFor(ROSTER, String(position));
    const view = await this.directory.member(organizationId, id);
    if (!view) throw new AppError('NOT_FOUND', 'MEMBER_UNKNOWN');
    return { view, position };
  }

  async invite(
    organizationId: OrganizationId,
    id: InviteId,
    position: Position,
  ): Promise<Answered<InviteView>> {
    await this.projections.waitFor(ROSTER, String(position));
    const view = await this.directory.invite(organizationId, id, this.clock.now());
    if (!view) throw new AppError('NOT_FOUND', 'INVITE_UNKNOWN');
    return { view, position };
  }
}
