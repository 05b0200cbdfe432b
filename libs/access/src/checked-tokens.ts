import { createHmac, timingSafeEqual } from 'node:crypto';
import {
  type ApiKeyId,
  apiKeyId,
  type InviteId,
  inviteId,
  type OrganizationId,
  organizationId,
  type SessionId,
  sessionId,
  subkey,
} from '@gatehouse/kernel';

/** A new token, and what is kept of it. */
export interface CheckedToken {
  readonly token: string;
  /** In hex. */
  readonly hash: string;
}

/** A presented token as far as its form tells: this installation made it. Whether it is good still, its maker knows. */
export interface PresentedToken<Id> {
  readonly organizationId: OrganizationId;
  /** What it is of. */
  readonly id: Id;
  /** In hex. */
  readonly tokenHash: string;
}

/** A kind of token: how it begins, what it is of, and which keys of the pepper it is hashed and checked by. */
export interface TokenKind<Id extends string> {
  readonly prefix: string;
  readonly idPrefix: string;
  readonly parse: (raw: string) => Id;
  readonly hashKey: string;
  readonly checkKey: string;
}

/** Accepts an invite. */
export const INVITE_TOKEN: TokenKind<InviteId> = {
  ...{ prefix: 'ghi', idPrefix: 'inv', parse: inviteId },
  ...{ hashKey: 'gatehouse invite tokens', checkKey: 'gatehouse invite check' },
};

/** Stands for the key that somebody signed in with. */
export const SESSION_TOKEN: TokenKind<SessionId> = {
  ...{ prefix: 'ghs', idPrefix: 'ses', parse: sessionId },
  ...{ hashKey: 'gatehouse session tokens', checkKey: 'gatehouse session check' },
};

/** Makes a session of a key, once. */
export const SIGN_IN_LINK_TOKEN: TokenKind<ApiKeyId> = {
  ...{ prefix: 'ghl', idPrefix: 'key', parse: apiKeyId },
  ...{ hashKey: 'gatehouse sign-in links', checkKey: 'gatehouse sign-in link check' },
};

/** 72 bits: 12 characters of base64url. */
const CHECK_BYTES = 9;
const TOKEN = /^((gh[a-z])_([0-9a-z]{26})_([0-9a-z]{26})_[\w-]{43})_([\w-]{12})$/;

/**
 * `<prefix>_<organization>_<what it is of>_<43 characters of the secret>_<12 characters of check value>`: it says what it is of, and
 * who makes one up is told by the check value, which is keyed by a pepper.
 */
export class CheckedTokens<Id extends string> {
  /** @param peppers 32 bytes each, at least one; the first is for new tokens. */
  constructor(
    private readonly kind: TokenKind<Id>,
    private readonly peppers: readonly Uint8Array[],
  ) {}

  /** Whether a text says that it is of this kind. */
  claims(text: string): boolean {
    return text.startsWith(`${this.kind.prefix}_`);
  }

  /** @param random 32 bytes that nobody can guess. */
  mint(organization: OrganizationId, id: Id, random: Uint8Array): CheckedToken {
    const [pepper] = this.peppers;
    if (pepper === undefined) throw new RangeError('no pepper');
    const { prefix, idPrefix } = this.kind;
    const secret = Buffer.from(random).toString('base64url');
    const body = `${prefix}_${organization.slice('org_'.length)}_${id.slice(idPrefix.length + 1)}_${secret}`;
    const token = `${body}_${this.checkOf(pepper, body)}`;
    return { token, hash: this.hashOf(pepper, token) };
  }

  /** Undefined for what was never made here. */
  recognize(token: string): PresentedToken<Id> | undefined {
    const [, body, prefix, organization, id, check] = TOKEN.exec(token) ?? [];
    if (body === undefined || check === undefined || prefix !== this.kind.prefix) return undefined;
    const pepper = this.peppers.find((one) =>
      timingSafeEqual(Buffer.from(check), Buffer.from(this.checkOf(one, body))),
    );
    if (pepper === undefined) return undefined;
    return {
      organizationId: organizationId(`org_${organization}`),
      id: this.kind.parse(`${this.kind.idPrefix}_${id}`),
      tokenHash: this.hashOf(pepper, token),
    };
  }

  private hashOf(pepper: Uint8Array, token: string): string {
    return createHmac('sha256', subkey(pepper, this.kind.hashKey)).update(token).digest('hex');
  }

  private checkOf(pepper: Uint8Array, body: string): string {
    const mac = createHmac('sha256', subkey(pepper, this.kind.checkKey)).update(body).digest();
    return mac.subarray(0, CHECK_BYTES).toString('base64url');
  }
}
