import { AppError } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { type Command, Option } from 'commander';
import { allPages } from '../all-pages';
import { readSecret } from '../connection';
import { parseInstant } from '../instant-option';
import { type Act, type ChangeOptions, type Session, withChangeOptions } from '../session';

const { InviteStatus, OrganizationRole, WorkspaceRole } = provisioningV1;

const ROLES = ['owner', 'admin', 'auditor', 'member'] as const;
type Role = (typeof ROLES)[number];

interface RoleOptions {
  readonly role?: Role;
  readonly workspace?: readonly string[];
}

/** `members`, `members ID role|remove`, `invites`, `invites create|resend|cancel|accept`. */
export const addMemberCommands = (program: Command, act: Act): void => {
  withWorkspaceRoles(
    withChangeOptions(program.command('members').description('list the members, or change one or show one'))
      .argument('[member-id]')
      .argument('[action]', 'role, which says all roles anew | remove')
      .option('--search <text>', 'only those whose name or address contains it', '')
      .option('--in-workspace <workspace-id>', 'only those with a role in this workspace', '')
      .addOption(roleOption()),
  ).action(act(members));
  const invites = program.command('invites').description('offers to become a member');
  invites
    .command('list', { isDefault: true })
    .description('list the invites')
    .addOption(new Option('--status <status>', 'only of this status').choices(STATUSES))
    .action(act(listInvites));
  withWorkspaceRoles(
    withChangeOptions(
      invites.command('create').description('invite somebody; prints the token once').argument('<email>'),
    )
      .option(
        '--expires <time>',
        'when it ends, e.g. 2026-12-24T18:00:00Z; in 7 days by default, in 30 at most',
        parseInstant,
      )
      .option('--organization <organization-id>', 'as the operator: of which organization', '')
      .addOption(roleOption().default('member')),
  ).action(act(createInvite));
  withChangeOptions(
    invites.command('resend').description('another token and another end').argument('<invite-id>'),
  )
    .option(
      '--expires <time>',
      'when it ends, e.g. 2026-12-24T18:00:00Z; in 7 days by default, in 30 at most',
      parseInstant,
    )
    .action(act(resendInvite));
  withChangeOptions(
    invites.command('cancel').description('take an invite back').argument('<invite-id>'),
  ).action(act(cancelInvite));
  withChangeOptions(
    invites.command('accept').description('become a member; needs the token alone').argument('<name>'),
  )
    .requiredOption('--token-file <file>', "file with the invite's token; `-` is standard input")
    .action(act(acceptInvite));
};

const roleOption = (): Option => new Option('--role <role>', 'in the organization').choices(ROLES);

const withWorkspaceRoles = (command: Command): Command =>
  command.option('--workspace <workspace-id=admin|member...>', 'roles in workspaces');

const STATUSES = ['pending', 'accepted', 'cancelled', 'expired'];

const statusOf = (name: string): provisioningV1.InviteStatus =>
  InviteStatus[name.toUpperCase() as keyof typeof InviteStatus];

/** Roles are replaced as a whole: to assume the one in the organization could take away what nobody spoke of. */
const parseRoles = ({ role, workspace }: RoleOptions): provisioningV1.MemberRoles => {
  if (role === undefined) throw new AppError('INVALID', 'GIVE_ROLE');
  return {
    organization: OrganizationRole[role.toUpperCase() as Uppercase<Role>],
    workspaces: (workspace ?? []).map(parseMembership),
  };
};

const parseMembership = (text: string): provisioningV1.WorkspaceMembership => {
  const [workspaceId = '', role = 'member', ...more] = text.split('=');
  if ((role !== 'admin' && role !== 'member') || more.length > 0)
    throw new AppError('INVALID', 'GIVE_WORKSPACE_EQUALS_ADMIN_OR_MEMBER', { metadata: { workspace: text } });
  return { workspaceId, role: role === 'admin' ? WorkspaceRole.ADMIN : WorkspaceRole.MEMBER };
};

interface MembersOptions extends ChangeOptions, RoleOptions {
  readonly search: string;
  readonly inWorkspace: string;
}

const members = async (
  session: Session,
  options: MembersOptions,
  memberId?: string,
  action?: string,
): Promise<void> => {
  if (memberId === undefined) return listMembers(session, options);
  const { connection, output } = session;
  const { requestId, reason } = options;
  const client = connection.members();
  switch (action) {
    case undefined: {
      const response = await client.getMember({ memberId, atLeastPosition: '' });
      return output.answer(provisioningV1.GetMemberResponse.toJSON(response), HEAD, rowsOf(response.member));
    }
    case 'role': {
      const request = { requestId, reason, memberId, roles: parseRoles(options) };
      const response = await client.changeMemberRoles(request);
      const json = provisioningV1.ChangeMemberRolesResponse.toJSON(response);
      return output.answer(json, HEAD, rowsOf(response.member));
    }
    case 'remove': {
      const response = await client.removeMember({ requestId, reason, memberId });
      const json = provisioningV1.RemoveMemberResponse.toJSON(response);
      return output.answer(json, ['removed'], [[memberId]]);
    }
    default:
      throw new AppError('INVALID', 'ACTION_UNKNOWN', { metadata: { action, known: 'role, remove' } });
  }
};

const listMembers = async (
  { connection, output }: Session,
  { search, inWorkspace }: MembersOptions,
): Promise<void> => {
  const client = connection.members();
  const found = await allPages(
    (pageToken) =>
      client.listMembers(
        provisioningV1.ListMembersRequest.fromPartial({
          pageSize: 200,
          pageToken,
          search,
          workspaceId: inWorkspace,
        }),
      ),
    (page) => page.members,
  );
  output.answer({ members: found.map(provisioningV1.Member.toJSON) }, HEAD, found.flatMap(rowsOf));
};

const listInvites = async (
  { connection, output }: Session,
  { status }: { readonly status?: string },
): Promise<void> => {
  const client = connection.members();
  const statuses = status === undefined ? [] : [statusOf(status)];
  const found = await allPages(
    (pageToken) =>
      client.listInvites(
        provisioningV1.ListInvitesRequest.fromPartial({ pageSize: 200, pageToken, statuses }),
      ),
    (page) => page.invites,
  );
  const json = { invites: found.map(provisioningV1.Invite.toJSON) };
  output.answer(json, INVITE_HEAD, found.flatMap(inviteRowsOf));
};

const createInvite = async (
  { connection, output }: Session,
  options: ChangeOptions & RoleOptions & { readonly expires?: Date; readonly organization: string },
  email: string,
): Promise<void> => {
  const { requestId, reason, organization } = options;
  const client = organization === '' ? connection.members() : connection.membersAsOperator();
  const response = await client.inviteMember({
    requestId,
    reason,
    email,
    roles: parseRoles(options),
    expiresAt: options.expires,
    organizationId: organization,
  });
  showSent(output, provisioningV1.InviteMemberResponse.toJSON(response), response);
};

const resendInvite = async (
  { connection, output }: Session,
  { requestId, reason, expires }: ChangeOptions & { readonly expires?: Date },
  inviteId: string,
): Promise<void> => {
  const request = { requestId, reason, inviteId, expiresAt: expires };
  const response = await connection.members().resendInvite(request);
  showSent(output, provisioningV1.ResendInviteResponse.toJSON(response), response);
};

const showSent = (
  output: Session['output'],
  json: unknown,
  { invite, token }: Pick<provisioningV1.InviteMemberResponse, 'invite' | 'token'>,
): void => {
  output.answer(json, INVITE_HEAD, inviteRowsOf(invite));
  output.note(
    token === ''
      ? 'This invite was sent before; its token is not shown again.'
      : `Token, shown once: ${token}`,
  );
};

const cancelInvite = async (
  { connection, output }: Session,
  { requestId, reason }: ChangeOptions,
  inviteId: string,
): Promise<void> => {
  const response = await connection.members().cancelInvite({ requestId, reason, inviteId });
  const json = provisioningV1.CancelInviteResponse.toJSON(response);
  output.answer(json, INVITE_HEAD, inviteRowsOf(response.invite));
};

const acceptInvite = async (
  { connection, output }: Session,
  { requestId, reason, tokenFile }: ChangeOptions & { readonly tokenFile: string },
  name: string,
): Promise<void> => {
  const client = connection.membersByToken(readSecret(tokenFile, '--token-file'));
  const response = await client.acceptInvite({ requestId, reason, name });
  const json = provisioningV1.AcceptInviteResponse.toJSON(response);
  output.answer(json, HEAD, rowsOf(response.member));
};

const HEAD = ['member', 'name', 'e-mail', 'role', 'workspaces'];
const INVITE_HEAD = ['invite', 'e-mail', 'role', 'workspaces', 'status', 'ends'];

const rolesOf = (roles: provisioningV1.MemberRoles | undefined): string[] => [
  OrganizationRole[roles?.organization ?? OrganizationRole.UNSPECIFIED].toLowerCase(),
  (roles?.workspaces ?? [])
    .map(({ workspaceId, role }) => `${workspaceId} ${WorkspaceRole[role].toLowerCase()}`)
    .join(', '),
];

const rowsOf = (member: provisioningV1.Member | undefined): string[][] =>
  member ? [[member.id, member.name, member.email, ...rolesOf(member.roles)]] : [];

const inviteRowsOf = (invite: provisioningV1.Invite | undefined): string[][] =>
  invite
    ? [
        [
          invite.id,
          invite.email,
          ...rolesOf(invite.roles),
          InviteStatus[invite.status].toLowerCase(),
          invite.expiresAt?.toISOString() ?? '',
        ],
      ]
    : [];
