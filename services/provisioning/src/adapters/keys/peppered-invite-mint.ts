import type { CheckedTokens } from '@gatehouse/access';
import type { InviteId, OrganizationId } from '@gatehouse/kernel';
import type { Random } from '@gatehouse/platform';
import { InviteMint, type MintedToken } from '../../app/roster/roster.ports';

/** 256 bits. */
const SECRET_BYTES = 32;

/** Tokens of invites, kept by a hash under the newest pepper. */
export class PepperedInviteMint extends InviteMint {
  constructor(
    private readonly tokens: CheckedTokens<InviteId>,
    private readonly random: Random,
  ) {
    super();
  }

  mint(organizationId: OrganizationId, id: InviteId): MintedToken {
    return this.tokens.mint(organizationId, id, this.random.bytes(SECRET_BYTES));
  }
}
