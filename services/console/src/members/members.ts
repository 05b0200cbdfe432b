import { randomUUID } from 'node:crypto';
import { Turns } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Inject, Injectable } from '@nestjs/common';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { awaited, shownIn } from '../adapters/grpc/shown-in';
import { againWhenOvertaken } from '../rest/again-when-overtaken';
import { gathered, type Part } from '../rest/paging';

type Member = provisioningV1.Member;

/** All roles of a member are replaced at once: one change comes after the other, and is made anew where somebody else's came in between. */
@Injectable()
export class MemberRoles {
  constructor(@Inject(Turns) private readonly turns: Turns) {}

  /** @param rolesOf what they are to be, after those that stand. */
  change(
    control: ControlPlane,
    memberId: string,
    rolesOf: (member: Member) => provisioningV1.MemberRoles,
  ): Promise<void> {
    return this.turns.take(memberId, async () => {
      const { position } = await againWhenOvertaken(async () => {
        const member = await memberOf(control, memberId);
        return control.members.changeMemberRoles({
          ...{ requestId: randomUUID(), reason: '', memberId },
          ...{ roles: rolesOf(member), expectedRevision: member.revision },
        });
      });
      await awaited(memberOf(control, memberId, position));
    });
  }
}

export const memberOf = async (
  control: ControlPlane,
  memberId: string,
  atLeastPosition = '',
): Promise<Member> => {
  const { member } = await control.members.getMember({ memberId, atLeastPosition });
  return shownIn(member);
};

export const inviteOf = async (
  control: ControlPlane,
  inviteId: string,
  atLeastPosition = '',
): Promise<provisioningV1.Invite> => {
  const { invite } = await control.members.getInvite({ inviteId, atLeastPosition });
  return shownIn(invite);
};

export const membersOf = (
  control: ControlPlane,
  page: Part,
  asked: Partial<provisioningV1.ListMembersRequest>,
) =>
  gathered(
    page,
    (part) =>
      control.members.listMembers(provisioningV1.ListMembersRequest.fromPartial({ ...asked, ...part })),
    ({ members }) => members,
  );

export const invitesOf = (
  control: ControlPlane,
  page: Part,
  asked: Partial<provisioningV1.ListInvitesRequest>,
) =>
  gathered(
    page,
    (part) =>
      control.members.listInvites(provisioningV1.ListInvitesRequest.fromPartial({ ...asked, ...part })),
    ({ invites }) => invites,
  );
