import { type Caller, fromProtoOrderBy, fromProtoPage, keyOf, toProtoPageToken } from '@gatehouse/grpc';
import {
  AppError,
  type CountedPage,
  inviteId,
  type KeyedPlace,
  memberId,
  workspaceId,
} from '@gatehouse/kernel';
import { organizationOf } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Answered } from '../../app/answered';
import { AcceptInviteCommand } from '../../app/roster/accept-invite.handler';
import { CancelInviteCommand } from '../../app/roster/cancel-invite.handler';
import { ChangeMemberRolesCommand, type MemberTarget } from '../../app/roster/change-member-roles.handler';
import { GetInviteQuery } from '../../app/roster/get-invite.handler';
import { GetMemberQuery } from '../../app/roster/get-member.handler';
import { InviteMemberCommand, type SentInvite } from '../../app/roster/invite-member.handler';
import { ListInvitesQuery } from '../../app/roster/list-invites.handler';
import { ListMembersQuery } from '../../app/roster/list-members.handler';
import { RemoveMemberCommand } from '../../app/roster/remove-member.handler';
import { ResendInviteCommand } from '../../app/roster/resend-invite.handler';
import { INVITE_ORDERS, MEMBER_ORDERS } from '../../app/roster/roster.ports';
import {
  INVITE_STATUSES,
  type InviteStatus,
  type InviteView,
  type MemberView,
} from '../../app/roster/roster.view';
import type { RosterTender } from '../../domain/roster/roster-rules';
import type { MemberRoles } from '../../domain/roster/roster.events';
import { fromProtoOrganizationRole, fromProtoWorkspaceRole, toProtoRoles } from '../events/member-roles';
import { ownerOf, pagingOf, ProvisioningChecks } from './request-fields';

/** FORBIDDEN `OPERATOR_INVITES_OWNERS`: the operator lets owners in, who do the rest. */
export const fromProtoInviteMemberRequest = (
  request: provisioningV1.InviteMemberRequest,
  caller: Caller,
): InviteMemberCommand => {
  const checks = new ProvisioningChecks();
  const owner = ownerOf(checks, request, caller);
  const metadata = checks.metadata(request, { caller, organizationId: owner, command: 'InviteMember' });
  const email = fromProtoEmail(request.email, checks);
  const roles = fromProtoRoles(request.roles, checks);
  const expiresAt = checks.instant('expires_at', request.expiresAt);
  checks.done();
  const by = tenderOf(caller);
  if (by === 'operator' && roles.organization !== 'owner') {
    throw new AppError('FORBIDDEN', 'OPERATOR_INVITES_OWNERS');
  }
  return new InviteMemberCommand(metadata, by, email, roles, expiresAt);
};

/** What the caller's key may be; FORBIDDEN `PERMISSION_DENIED` for who tends no members. */
const tenderOf = ({ principal }: Caller): RosterTender => {
  if (principal.kind === 'operator') return 'operator';
  const role = keyOf(principal)?.role;
  if (role === 'owner' || role === 'admin') return role;
  throw new AppError('FORBIDDEN', 'PERMISSION_DENIED');
};

const EMAIL_MAX = 254;

const fromProtoEmail = (email: string, checks: ProvisioningChecks): string => {
  checks.text('email', email, { min: 1, max: EMAIL_MAX });
  if (email !== '' && !/^[^\s@]+@[^\s@]+$/.test(email)) checks.fault('email', 'must be an e-mail address');
  return email;
};

const WORKSPACES_MAX = 200;

const fromProtoRoles = (
  roles: provisioningV1.MemberRoles | undefined,
  checks: ProvisioningChecks,
): MemberRoles => {
  const organization = fromProtoOrganizationRole(
    roles?.organization ?? provisioningV1.OrganizationRole.UNSPECIFIED,
  );
  if (organization === undefined) checks.fault('roles.organization', 'must be a known role');
  const asked = roles?.workspaces ?? [];
  if (asked.length > WORKSPACES_MAX) checks.fault('roles.workspaces', `must be at most ${WORKSPACES_MAX}`);
  const workspaces = asked.slice(0, WORKSPACES_MAX).map((membership, index) => {
    const field = `roles.workspaces[${index}]`;
    const role = fromProtoWorkspaceRole(membership.role);
    if (role === undefined) checks.fault(`${field}.role`, 'must be a known role');
    const id = checks.id(`${field}.workspace_id`, membership.workspaceId, workspaceId);
    return { workspaceId: id, role: role ?? 'member' } as const;
  });
  if (new Set(workspaces.map((one) => one.workspaceId)).size < workspaces.length)
    checks.fault('roles.workspaces', 'must not name a workspace twice');
  workspaces.sort((a, b) => (a.workspaceId < b.workspaceId ? -1 : 1));
  return { organization: organization ?? 'member', workspaces };
};

export const toProtoSentInvite = ({
  view,
  token,
  position,
}: SentInvite): provisioningV1.InviteMemberResponse => ({
  invite: toProtoInvite(view),
  token,
  position: String(position),
});

export const fromProtoResendInviteRequest = (
  request: provisioningV1.ResendInviteRequest,
  caller: Caller,
): ResendInviteCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'ResendInvite' };
  const metadata = checks.metadata(request, origin);
  const id = checks.id('invite_id', request.inviteId, inviteId);
  const expiresAt = checks.instant('expires_at', request.expiresAt);
  checks.done();
  return new ResendInviteCommand(metadata, tenderOf(caller), id, expiresAt);
};

export const fromProtoCancelInviteRequest = (
  request: provisioningV1.CancelInviteRequest,
  caller: Caller,
): CancelInviteCommand => {
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: organizationOf(caller), command: 'CancelInvite' };
  const metadata = checks.metadata(request, origin);
  const id = checks.id('invite_id', request.inviteId, inviteId);
  checks.done();
  return new CancelInviteCommand(metadata, tenderOf(caller), id);
};

export const toProtoCancelInviteResponse = ({
  view,
  position,
}: Answered<InviteView>): provisioningV1.CancelInviteResponse => ({
  invite: toProtoInvite(view),
  position: String(position),
});

/** The invite is the caller's own: who holds no token of one is not let in here. */
export const fromProtoAcceptInviteRequest = (
  request: provisioningV1.AcceptInviteRequest,
  caller: Caller,
): AcceptInviteCommand => {
  const { principal } = caller;
  if (principal.kind !== 'invite') throw new AppError('FORBIDDEN', 'PERMISSION_DENIED');
  const checks = new ProvisioningChecks();
  const origin = { caller, organizationId: principal.organizationId, command: 'AcceptInvite' };
  const metadata = checks.metadata(request, origin);
  const name = checks.name(request.name);
  checks.done();
  return new AcceptInviteCommand(metadata, principal.inviteId, principal.tokenHash, name);
};

/** What every command about a member answers. */
export const toProtoMemberResponse = ({
  view,
  position,
}: Answered<MemberView>): provisioningV1.AcceptInviteResponse => ({
  member: toProtoMember(view),
  position: String(position),
});

export const fromProtoChangeMemberRolesRequest = (
  request: provisioningV1.ChangeMemberRolesRequest,
  caller: Caller,
): ChangeMemberRolesCommand => {
  const checks = new ProvisioningChecks();
  const target = fromProtoTarget(request, caller, 'ChangeMemberRoles', checks);
  const roles = fromProtoRoles(request.roles, checks);
  checks.done();
  return new ChangeMemberRolesCommand(target, roles);
};

export const fromProtoRemoveMemberRequest = (
  request: provisioningV1.RemoveMemberRequest,
  caller: Caller,
): RemoveMemberCommand => {
  const checks = new ProvisioningChecks();
  const target = fromProtoTarget(request, caller, 'RemoveMember', checks);
  checks.done();
  return new RemoveMemberCommand(target);
};

const fromProtoTarget = (
  request: provisioningV1.RemoveMemberRequest,
  caller: Caller,
  command: string,
  checks: ProvisioningChecks,
): MemberTarget => ({
  metadata: checks.metadata(request, { caller, organizationId: organizationOf(caller), command }),
  by: tenderOf(caller),
  memberId: checks.id('member_id', request.memberId, memberId),
  expectedRevision: checks.expectedRevision(request.expectedRevision),
});

export const fromProtoGetMemberRequest = (
  request: provisioningV1.GetMemberRequest,
  caller: Caller,
): GetMemberQuery => {
  const checks = new ProvisioningChecks();
  const id = checks.id('member_id', request.memberId, memberId);
  checks.done();
  return new GetMemberQuery(organizationOf(caller), id, request.atLeastPosition);
};

export const fromProtoGetInviteRequest = (
  request: provisioningV1.GetInviteRequest,
  caller: Caller,
): GetInviteQuery => {
  const checks = new ProvisioningChecks();
  const id = checks.id('invite_id', request.inviteId, inviteId);
  checks.done();
  return new GetInviteQuery(organizationOf(caller), id, request.atLeastPosition);
};

export const fromProtoListMembersRequest = (
  request: provisioningV1.ListMembersRequest,
  caller: Caller,
): ListMembersQuery => {
  const checks = new ProvisioningChecks();
  const role = fromProtoOrganizationRole(request.role);
  if (role === undefined && request.role !== provisioningV1.OrganizationRole.UNSPECIFIED)
    checks.fault('role', 'must be a known role');
  const selection = {
    workspaceId: checks.optionalId('workspace_id', request.workspaceId, workspaceId),
    role,
    search: checks.search(request.search),
    order: fromProtoOrderBy(request.orderBy, MEMBER_ORDERS, checks),
  };
  checks.done();
  const page = fromProtoPage(request, memberPaging(request));
  return new ListMembersQuery(organizationOf(caller), selection, page, request.atLeastPosition);
};

const memberPaging = ({ workspaceId: id, role, search, orderBy }: provisioningV1.ListMembersRequest) =>
  pagingOf(id, role, search, orderBy);

export const toProtoListMembersResponse = (
  request: provisioningV1.ListMembersRequest,
  { items, next, totalSize }: CountedPage<MemberView, KeyedPlace>,
): provisioningV1.ListMembersResponse => ({
  members: items.map(toProtoMember),
  nextPageToken: toProtoPageToken(next, memberPaging(request)),
  totalSize,
});

export const fromProtoListInvitesRequest = (
  request: provisioningV1.ListInvitesRequest,
  caller: Caller,
): ListInvitesQuery => {
  const checks = new ProvisioningChecks();
  const asked = request.statuses.map((status) =>
    INVITE_STATUSES.find((name) => PROTO_STATUSES[name] === status),
  );
  const known = asked.filter((status) => status !== undefined);
  if (known.length < asked.length) checks.fault('statuses', 'must be known statuses');
  const selection = {
    statuses: new Set(asked.length === 0 ? INVITE_STATUSES : known),
    search: checks.search(request.search),
    order: fromProtoOrderBy(request.orderBy, INVITE_ORDERS, checks),
  };
  checks.done();
  const page = fromProtoPage(request, invitePaging(request));
  return new ListInvitesQuery(organizationOf(caller), selection, page, request.atLeastPosition);
};

const invitePaging = ({ statuses, search, orderBy }: provisioningV1.ListInvitesRequest) =>
  pagingOf([...statuses].sort(), search, orderBy);

export const toProtoListInvitesResponse = (
  request: provisioningV1.ListInvitesRequest,
  { items, next, totalSize }: CountedPage<InviteView, KeyedPlace>,
): provisioningV1.ListInvitesResponse => ({
  invites: items.map(toProtoInvite),
  nextPageToken: toProtoPageToken(next, invitePaging(request)),
  totalSize,
});

const PROTO_STATUSES: Readonly<Record<InviteStatus, provisioningV1.InviteStatus>> = {
  pending: provisioningV1.InviteStatus.PENDING,
  accepted: provisioningV1.InviteStatus.ACCEPTED,
  cancelled: provisioningV1.InviteStatus.CANCELLED,
  expired: provisioningV1.InviteStatus.EXPIRED,
};

export const toProtoMember = (view: MemberView): provisioningV1.Member => ({
  ...view,
  roles: toProtoRoles(view.roles),
});

export const toProtoInvite = (view: InviteView): provisioningV1.Invite => ({
  ...view,
  roles: toProtoRoles(view.roles),
  status: PROTO_STATUSES[view.status],
  memberId: view.memberId ?? '',
});
