import type { InviteId, MemberId, OrganizationId, WorkspaceId } from '@gatehouse/kernel';

/** What a member may in the organization; `member` has the roles in workspaces alone. */
export type MemberRole = 'owner' | 'admin' | 'auditor' | 'member';

export interface WorkspaceMembership {
  readonly workspaceId: WorkspaceId;
  readonly role: 'admin' | 'member';
}

export interface MemberRoles {
  readonly organization: MemberRole;
  /** Each workspace once, in the order of their ids. */
  readonly workspaces: readonly WorkspaceMembership[];
}

/** Stream `roster-{organization}`. */
export interface MemberInvited {
  readonly type: 'MemberInvited';
  readonly organizationId: OrganizationId;
  readonly inviteId: InviteId;
  /** Keyed, in hex: the same for the same address in the same organization. */
  readonly emailFingerprint: string;
  readonly roles: MemberRoles;
  /** Keyed, in hex. */
  readonly tokenHash: string;
  readonly expiresAt: Date;
}

/** Under another token, the one before is void. */
export interface InviteResent {
  readonly type: 'InviteResent';
  readonly organizationId: OrganizationId;
  readonly inviteId: InviteId;
  readonly tokenHash: string;
  readonly expiresAt: Date;
}

export interface InviteCancelled {
  readonly type: 'InviteCancelled';
  readonly organizationId: OrganizationId;
  readonly inviteId: InviteId;
}

/** The invite is accepted by it, too. */
export interface MemberJoined {
  readonly type: 'MemberJoined';
  readonly organizationId: OrganizationId;
  readonly memberId: MemberId;
  readonly inviteId: InviteId;
  readonly emailFingerprint: string;
  readonly roles: MemberRoles;
}

export interface MemberRolesChanged {
  readonly type: 'MemberRolesChanged';
  readonly organizationId: OrganizationId;
  readonly memberId: MemberId;
  readonly roles: MemberRoles;
}

export interface MemberRemoved {
  readonly type: 'MemberRemoved';
  readonly organizationId: OrganizationId;
  readonly memberId: MemberId;
}

export type RosterEvent =
  MemberInvited | InviteResent | InviteCancelled | MemberJoined | MemberRolesChanged | MemberRemoved;
