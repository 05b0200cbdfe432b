import { AppError, type InviteId, type MemberId } from '@gatehouse/kernel';
import type { InviteOnRoster, MemberOnRoster, Roster } from './roster';
import type { MemberRole } from './roster.events';

/** Who tends the roster: what the key of the caller may be. */
export type RosterTender = 'operator' | 'owner' | 'admin';

/** FORBIDDEN `OWNERS_TEND_OWNERS` where an admin would make, change or remove an owner. */
export const refuseTendingOwner = (by: RosterTender, ...roles: readonly MemberRole[]): void => {
  if (by === 'admin' && roles.includes('owner')) throw new AppError('FORBIDDEN', 'OWNERS_TEND_OWNERS');
};

/** NOT_FOUND `INVITE_UNKNOWN`. */
export const knownInvite = ({ invites }: Roster, id: InviteId): InviteOnRoster => {
  const invite = invites.get(id);
  if (!invite) throw new AppError('NOT_FOUND', 'INVITE_UNKNOWN');
  return invite;
};

/** NOT_FOUND `MEMBER_UNKNOWN`, also for one who was removed. */
export const presentMember = ({ members }: Roster, id: MemberId): MemberOnRoster => {
  const member = members.get(id);
  if (!member || member.removed) throw new AppError('NOT_FOUND', 'MEMBER_UNKNOWN');
  return member;
};

/** CONFLICT `EMAIL_TAKEN` where a member has the address. */
export const refuseTakenEmail = ({ members }: Roster, fingerprint: string): void => {
  for (const { removed, emailFingerprint } of members.values()) {
    if (!removed && emailFingerprint === fingerprint) throw new AppError('CONFLICT', 'EMAIL_TAKEN');
  }
};

/** CONFLICT `ALREADY_INVITED` where another invite to the address is open. */
export const refuseOpenInvite = (
  { invites }: Roster,
  fingerprint: string,
  { at, except }: { readonly at: Date; readonly except: InviteId },
): void => {
  for (const invite of invites.values()) {
    if (invite.inviteId === except || invite.emailFingerprint !== fingerprint) continue;
    if (isOpen(invite, at)) throw new AppError('CONFLICT', 'ALREADY_INVITED');
  }
};

/** Its end itself is not in it any more. */
export const isOpen = ({ status, expiresAt }: InviteOnRoster, at: Date): boolean =>
  status === 'pending' && at.getTime() < expiresAt.getTime();

/** REFUSED `LAST_OWNER` where the organization would have none any more. */
export const refuseLastOwner = ({ members }: Roster, leaving: MemberOnRoster): void => {
  if (leaving.roles.organization !== 'owner') return;
  for (const { memberId, removed, roles } of members.values()) {
    if (memberId !== leaving.memberId && !removed && roles.organization === 'owner') return;
  }
  throw new AppError('REFUSED', 'LAST_OWNER');
};

/** CONFLICT `REVISION_MISMATCH` with the `actual` one, where another is expected. */
export const refuseOtherRevision = ({ revision }: MemberOnRoster, expected: bigint | undefined): void => {
  if (expected === undefined || expected === revision) return;
  throw new AppError('CONFLICT', 'REVISION_MISMATCH', { metadata: { actual: String(revision) } });
};
