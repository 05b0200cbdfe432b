import {
  type ApiKeyId,
  type CountedPage,
  type InviteId,
  type KeyedPlace,
  type MemberId,
  memberId,
  type OrganizationId,
  type PageRequest,
  type WorkspaceId,
} from '@gatehouse/kernel';
import type { KeyReach } from '../../domain/api-key/api-key.events';
import type { MemberRole } from '../../domain/roster/roster.events';
import type { InviteStatus, InviteView, MemberView } from './roster.view';

/** The projection that rosters are read from; queries wait for it by this name. */
export const ROSTER = 'roster';

/** Who an invite makes: the same person, from the invite on. */
export const memberOfInvite = (invite: InviteId): MemberId => memberId(`mbr_${invite.slice('inv_'.length)}`);

/** Names and addresses, which no event has: a log cannot forget. */
export abstract class People {
  /** Keeps the address of somebody who is invited. What is kept already stays. */
  abstract note(organizationId: OrganizationId, id: MemberId, email: string): Promise<void>;
  abstract call(organizationId: OrganizationId, id: MemberId, name: string): Promise<void>;
  abstract erase(organizationId: OrganizationId, id: MemberId): Promise<void>;
  /**
   * Erases whoever was removed, whose invite was cancelled, or expired 30 days ago, and who was noted a day ago without
   * being invited, as when the invitation was refused.
   */
  abstract eraseEnded(now: Date): Promise<void>;
}

/** A new token of an invite: what its holder is told once, and what is kept of it. */
export interface MintedToken {
  readonly token: string;
  /** In hex. */
  readonly hash: string;
}

export abstract class InviteMint {
  abstract mint(organizationId: OrganizationId, id: InviteId): MintedToken;
}

/** Tells two addresses apart, and nothing else to whoever has no key of the installation. */
export abstract class EmailFingerprints {
  /** In hex: the same for addresses that differ in case alone. */
  abstract of(organizationId: OrganizationId, email: string): string;
}

/** By what lists can be ordered, the first where nothing is said. */
export const MEMBER_ORDERS = ['joined_at', 'name'] as const;
export const INVITE_ORDERS = ['created_at', 'email'] as const;

interface Order<Field extends string> {
  readonly by: Field;
  readonly descending: boolean;
}

/** What is absent leaves none out, here and below. */
export interface MemberSelection {
  readonly workspaceId: WorkspaceId | undefined;
  readonly role: MemberRole | undefined;
  /** Is contained in name or address, whatever the case. */
  readonly search: string | undefined;
  readonly order: Order<(typeof MEMBER_ORDERS)[number]>;
}

export interface InviteSelection {
  readonly statuses: ReadonlySet<InviteStatus>;
  /** Is contained in the address, whatever the case. */
  readonly search: string | undefined;
  readonly order: Order<(typeof INVITE_ORDERS)[number]>;
}

/** A key that is not revoked, of a member who was removed or may not hold it any more, as far as projections have heard. */
export interface OrphanedKey {
  readonly organizationId: OrganizationId;
  readonly apiKeyId: ApiKeyId;
  readonly memberId: MemberId;
  readonly reach: KeyReach;
}

export interface HeldKey {
  readonly apiKeyId: ApiKeyId;
  readonly role: string;
}

/** Members and invites of an organization, for reading. Nothing of another organization is ever found. */
export abstract class RosterDirectory {
  /** Undefined also for one who was removed. */
  abstract member(organizationId: OrganizationId, id: MemberId): Promise<MemberView | undefined>;
  abstract invite(organizationId: OrganizationId, id: InviteId, now: Date): Promise<InviteView | undefined>;
  /** Of one member, or of all; in a fixed order, from after that one, at most 100. */
  abstract orphanedKeys(
    of: MemberId | undefined,
    after: OrphanedKey | undefined,
  ): Promise<readonly OrphanedKey[]>;
  /** Those of a member that have not ended, by name. */
  abstract keysNamed(
    organizationId: OrganizationId,
    of: MemberId,
    name: string,
    now: Date,
  ): Promise<readonly HeldKey[]>;
  abstract members(
    organizationId: OrganizationId,
    selection: MemberSelection,
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<MemberView, KeyedPlace>>;
  abstract invites(
    organizationId: OrganizationId,
    selection: InviteSelection & { readonly now: Date },
    page: PageRequest<KeyedPlace>,
  ): Promise<CountedPage<InviteView, KeyedPlace>>;
}
