import type { InviteId, MemberId, OrganizationId } from '@gatehouse/kernel';
import type { MemberRoles } from '../../domain/roster/roster.events';

export interface MemberView {
  readonly id: MemberId;
  readonly organizationId: OrganizationId;
  readonly name: string;
  readonly email: string;
  readonly roles: MemberRoles;
  readonly revision: bigint;
  readonly joinedAt: Date;
}

export const INVITE_STATUSES = ['pending', 'accepted', 'cancelled', 'expired'] as const;
export type InviteStatus = (typeof INVITE_STATUSES)[number];

export interface InviteView {
  readonly id: InviteId;
  readonly organizationId: OrganizationId;
  /** Empty once it was erased. */
  readonly email: string;
  readonly roles: MemberRoles;
  readonly status: InviteStatus;
  readonly createdAt: Date;
  readonly expiresAt: Date;
  /** Who accepted it. */
  readonly memberId: MemberId | undefined;
}
