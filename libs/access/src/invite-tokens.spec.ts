import { deriveId, inviteId, organizationId } from '@gatehouse/kernel';
import { InviteTokens, isInviteToken } from './invite-tokens';

const [older, newer] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const organization = organizationId(deriveId('org', 'a'));
const invite = inviteId(deriveId('inv', 'a'));
const random = new Uint8Array(32).fill(3);

describe('tokens of invites', () => {
  const { token, hash } = new InviteTokens([older]).mint(organization, invite, random);

  it('say what they are of, and are kept by a hash alone', () => {
    expect(isInviteToken(token)).toBe(true);
    const presented = { organizationId: organization, inviteId: invite, tokenHash: hash };
    expect(new InviteTokens([newer, older]).recognize(token)).toEqual(presented);
    expect(token).not.toContain(hash);
  });

  it('are of this installation, or none', () => {
    expect(new InviteTokens([newer]).recognize(token)).toBeUndefined();
    for (let index = 0; index < token.length; index++) {
      const changed = token.slice(0, index) + (token[index] === '0' ? '1' : '0') + token.slice(index + 1);
      expect(new InviteTokens([older]).recognize(changed)).toBeUndefined();
    }
    for (const text of ['', 'ghi_', `${token}x`, `${token}\n`, `x${token}`]) {
      expect(new InviteTokens([older]).recognize(text)).toBeUndefined();
    }
  });
});
