import { createHmac, timingSafeEqual } from 'node:crypto';
import { type InviteId, inviteId, type OrganizationId, organizationId, subkey } from '@gatehouse/kernel';

/** A new token of an invite, and what is kept of it. */
export interface InviteToken {
  readonly token: string;
  /** In hex. */
  readonly hash: string;
}

/** A presented token as far as its form tells: this installation made it. Whether it is good still, the roster knows. */
export interface PresentedInvite {
  readonly organizationId: OrganizationId;
  readonly inviteId: InviteId;
  /** In hex. */
  readonly tokenHash: string;
}

/** 72 bits: 12 characters of base64url. */
const CHECK_BYTES = 9;
const TOKEN = /^(ghi_([0-9a-z]{26})_([0-9a-z]{26})_[\w-]{43})_([\w-]{12})$/;

export const isInviteToken = (text: string): boolean => text.startsWith('ghi_');

/**
 * `ghi_<organization>_<invite>_<43 characters of the secret>_<12 characters of check value>`: it says what it is of, and who
 * makes one up is told by the check value, which is keyed by a pepper.
 */
export class InviteTokens {
  /** @param peppers 32 bytes each, at least one; the first is for new tokens. */
  constructor(private readonly peppers: readonly Uint8Array[]) {}

  /** @param random 32 bytes that nobody can guess. */
  mint(organization: OrganizationId, invite: InviteId, random: Uint8Array): InviteToken {
    const [pepper] = this.peppers;
    if (pepper === undefined) throw new RangeError('no pepper');
    const secret = Buffer.from(random).toString('base64url');
    const body = `ghi_${organization.slice('org_'.length)}_${invite.slice('inv_'.length)}_${secret}`;
    const token = `${body}_${checkOf(pepper, body)}`;
    return { token, hash: hashOf(pepper, token) };
  }

  /** Undefined for what was never made here. */
  recognize(token: string): PresentedInvite | undefined {
    const [, body, organization, invite, check] = TOKEN.exec(token) ?? [];
    if (body === undefined || check === undefined) return undefined;
    const pepper = this.peppers.find((one) =>
      timingSafeEqual(Buffer.from(check), Buffer.from(checkOf(one, body))),
    );
    if (pepper === undefined) return undefined;
    return {
      organizationId: organizationId(`org_${organization}`),
      inviteId: inviteId(`inv_${invite}`),
      tokenHash: hashOf(pepper, token),
    };
  }
}

const hashOf = (pepper: Uint8Array, token: string): string =>
  createHmac('sha256', subkey(pepper, 'gatehouse invite tokens')).update(token).digest('hex');

const checkOf = (pepper: Uint8Array, body: string): string =>
  createHmac('sha256', subkey(pepper, 'gatehouse invite check'))
    .update(body)
    .digest()
    .subarray(0, CHECK_BYTES)
    .toString('base64url');
