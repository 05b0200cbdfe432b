import { CheckedTokens, SESSION_TOKEN, SIGN_IN_LINK_TOKEN } from '@gatehouse/access';
import type { ApiKeyId, OrganizationId, SessionId } from '@gatehouse/kernel';
import type { Random } from '@gatehouse/platform';
import { type MintedToken, SessionMint } from '../../app/session/session.ports';

/** 256 bits. */
const SECRET_BYTES = 32;

/** Tokens of sessions and sign-in links, kept by a hash under the newest pepper. */
export class PepperedSessionMint extends SessionMint {
  private readonly sessions: CheckedTokens<SessionId>;
  private readonly links: CheckedTokens<ApiKeyId>;

  constructor(
    peppers: readonly Uint8Array[],
    private readonly random: Random,
  ) {
    super();
    this.sessions = new CheckedTokens(SESSION_TOKEN, peppers);
    this.links = new CheckedTokens(SIGN_IN_LINK_TOKEN, peppers);
  }

  session(organizationId: OrganizationId, id: SessionId): MintedToken {
    return this.sessions.mint(organizationId, id, this.random.bytes(SECRET_BYTES));
  }

  link(organizationId: OrganizationId, of: ApiKeyId): MintedToken {
    return this.links.mint(organizationId, of, this.random.bytes(SECRET_BYTES));
  }
}
