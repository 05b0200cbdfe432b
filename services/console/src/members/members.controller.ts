import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Controller, Inject } from '@nestjs/common';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { awaited, shownIn } from '../adapters/grpc/shown-in';
import type { Asked } from '../rest/asked';
import { ANY, pageIn, pageOf, WHOLE } from '../rest/paging';
import { unsupported } from '../rest/requests-in';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import {
  INVITE_STATUS,
  membershipIn,
  ORGANIZATION_ROLE,
  rolesWith,
  toRestInvite,
  toRestUser,
  toRestWorkspaceRole,
  toRestWorkspaceUser,
  WORKSPACE_ROLE,
} from './member-conversion';
import { inviteOf, invitesOf, MemberRoles, memberOf, membersOf } from './members';
import * as routes from './member.routes';

const PAGE_BY_DEFAULT = 100;

@Controller()
export class MembersController {
  constructor(@Inject(MemberRoles) private readonly roles: MemberRoles) {}

  @Serves(routes.listUsers)
  async users(
    @AskedOf() { query, control }: Asked<typeof routes.listUsers>,
  ): Promise<AnswerOf<typeof routes.listUsers>> {
    const role = query.role && ORGANIZATION_ROLE[query.role];
    const { total, items } = await membersOf(control, pageOf(query, PAGE_BY_DEFAULT), {
      ...(role !== undefined && { role }),
      search: query.email ?? '',
    });
    return { object: 'list', total, data: items.map(toRestUser) };
  }

  @Serves(routes.listInvites)
  async invites(
    @AskedOf() { query, control }: Asked<typeof routes.listInvites>,
  ): Promise<AnswerOf<typeof routes.listInvites>> {
    const { role, status, email: search = '' } = query;
    const asked = { search, statuses: status === undefined ? [] : [INVITE_STATUS[status]] };
    const page = pageOf(query, PAGE_BY_DEFAULT);
    // Which have a role is known once all are looked at.
    const { total, items } = await invitesOf(control, role === undefined ? page : WHOLE, asked);
    const invites = items.map(toRestInvite);
    if (role === undefined) return { object: 'list', total, data: invites };
    const having = invites.filter((invite) => invite.role === role);
    return { object: 'list', ...pageIn(having, page) };
  }

  @Serves(routes.createInvite)
  async invite(
    @AskedOf() { body, control, requestId }: Asked<typeof routes.createInvite>,
  ): Promise<AnswerOf<typeof routes.createInvite>> {
    if ((body.workspace_api_key_details?.scopes ?? []).length > 0)
      throw unsupported('workspace_api_key_details', 'must be absent: who accepts an invite issues keys');
    const workspaces = [];
    for (const { id, role } of body.workspaces ?? [])
      workspaces.push({ workspaceId: await workspaceIdOf(control, id), role: WORKSPACE_ROLE[role] });
    const roles = { organization: ORGANIZATION_ROLE[body.role], workspaces };
    const invited = await control.members.inviteMember(
      provisioningV1.InviteMemberRequest.fromPartial({ requestId, email: body.email, roles }),
    );
    const { id } = shownIn(invited.invite);
    await awaited(inviteOf(control, id, invited.position));
    return { id, invite_link: invited.token };
  }

  @Serves(routes.getInvite)
  async getInvite(
    @AskedOf() { path, control }: Asked<typeof routes.getInvite>,
  ): Promise<AnswerOf<typeof routes.getInvite>> {
    return toRestInvite(await inviteOf(control, path.invite));
  }

  @Serves(routes.deleteInvite)
  async cancelInvite(
    @AskedOf() { path, control, requestId }: Asked<typeof routes.deleteInvite>,
  ): Promise<object> {
    const { position } = await control.members.cancelInvite({ requestId, reason: '', inviteId: path.invite });
    await awaited(inviteOf(control, path.invite, position));
    return {};
  }

  @Serves(routes.resendInvite)
  async resend(
    @AskedOf() { path, control, requestId }: Asked<typeof routes.resendInvite>,
  ): Promise<AnswerOf<typeof routes.resendInvite>> {
    const { token } = await control.members.resendInvite(
      provisioningV1.ResendInviteRequest.fromPartial({ requestId, inviteId: path.invite }),
    );
    return { inviteLink: token };
  }

  @Serves(routes.getUser)
  async user(
    @AskedOf() { path, control }: Asked<typeof routes.getUser>,
  ): Promise<AnswerOf<typeof routes.getUser>> {
    return toRestUser(await memberOf(control, path.user));
  }

  @Serves(routes.changeUser)
  async changeUser(@AskedOf() { path, body, control }: Asked<typeof routes.changeUser>): Promise<object> {
    await this.roles.change(control, path.user, ({ roles }) => ({
      organization: ORGANIZATION_ROLE[body.role],
      workspaces: roles?.workspaces ?? [],
    }));
    return {};
  }

  @Serves(routes.deleteUser)
  async removeUser(
    @AskedOf() { path, control, requestId }: Asked<typeof routes.deleteUser>,
  ): Promise<object> {
    const { position } = await control.members.removeMember({ requestId, reason: '', memberId: path.user });
    await awaited(membersOf(control, ANY, { atLeastPosition: position }));
    return {};
  }

  @Serves(routes.listWorkspaceUsers)
  async workspaceUsers(
    @AskedOf() { path, query, control }: Asked<typeof routes.listWorkspaceUsers>,
  ): Promise<AnswerOf<typeof routes.listWorkspaceUsers>> {
    const workspaceId = await workspaceIdOf(control, path.workspace);
    const { role, email: search = '' } = query;
    const page = pageOf(query, PAGE_BY_DEFAULT);
    const asked = { workspaceId, search };
    const { total, items } = await membersOf(control, role === undefined ? page : WHOLE, asked);
    const users = items.map((member) => toRestWorkspaceUser(member, workspaceId));
    if (role === undefined) return { object: 'list', total, data: users };
    const wanted = toRestWorkspaceRole(WORKSPACE_ROLE[role]);
    const having = users.filter((user) => user.role === wanted);
    return { object: 'list', ...pageIn(having, page) };
  }

  @Serves(routes.addWorkspaceUsers)
  async addWorkspaceUsers(
    @AskedOf() { path, body, control }: Asked<typeof routes.addWorkspaceUsers>,
  ): Promise<object> {
    const workspaceId = await workspaceIdOf(control, path.workspace);
    for (const { id, role } of body.users)
      await this.roles.change(control, id, ({ roles }) =>
        rolesWith(roles, workspaceId, WORKSPACE_ROLE[role]),
      );
    return {};
  }

  @Serves(routes.getWorkspaceUser)
  async workspaceUser(
    @AskedOf() { path, control }: Asked<typeof routes.getWorkspaceUser>,
  ): Promise<AnswerOf<typeof routes.getWorkspaceUser>> {
    const workspaceId = await workspaceIdOf(control, path.workspace);
    return toRestWorkspaceUser(await memberOf(control, path.user), workspaceId);
  }

  @Serves(routes.changeWorkspaceUser)
  async changeWorkspaceUser(
    @AskedOf() { path, body, control }: Asked<typeof routes.changeWorkspaceUser>,
  ): Promise<object> {
    await this.changeMembership(control, path, WORKSPACE_ROLE[body.role]);
    return {};
  }

  @Serves(routes.deleteWorkspaceUser)
  async removeWorkspaceUser(
    @AskedOf() { path, control }: Asked<typeof routes.deleteWorkspaceUser>,
  ): Promise<object> {
    await this.changeMembership(control, path, undefined);
    return {};
  }

  /** Of a member who has a role in the workspace already. */
  private async changeMembership(
    control: ControlPlane,
    { workspace, user }: { readonly workspace: string; readonly user: string },
    role: provisioningV1.WorkspaceRole | undefined,
  ): Promise<void> {
    const workspaceId = await workspaceIdOf(control, workspace);
    await this.roles.change(control, user, (member) => {
      if (!membershipIn(member, workspaceId)) throw new AppError('NOT_FOUND', 'MEMBER_UNKNOWN');
      return rolesWith(member.roles, workspaceId, role);
    });
  }
}
