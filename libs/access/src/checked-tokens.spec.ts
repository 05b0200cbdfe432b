import { apiKeyId, deriveId, inviteId, organizationId, sessionId } from '@gatehouse/kernel';
import {
  CheckedTokens,
  INVITE_TOKEN,
  SESSION_TOKEN,
  SIGN_IN_LINK_TOKEN,
  type TokenKind,
} from './checked-tokens';

const [older, newer] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const organization = organizationId(deriveId('org', 'a'));
const random = new Uint8Array(32).fill(3);

const KINDS: readonly (readonly [string, TokenKind<string>, string])[] = [
  ['invites', INVITE_TOKEN as TokenKind<string>, inviteId(deriveId('inv', 'a'))],
  ['sessions', SESSION_TOKEN as TokenKind<string>, sessionId(deriveId('ses', 'a'))],
  ['sign-in links', SIGN_IN_LINK_TOKEN as TokenKind<string>, apiKeyId(deriveId('key', 'a'))],
];

describe.each(KINDS)('tokens of %s', (_what, kind, id) => {
  const of = (...peppers: readonly Uint8Array[]): CheckedTokens<string> => new CheckedTokens(kind, peppers);
  const { token, hash } = of(older).mint(organization, id, random);

  it('say what they are of, and are kept by a hash alone', () => {
    expect(of(older).claims(token)).toBe(true);
    expect(of(newer, older).recognize(token)).toEqual({ organizationId: organization, id, tokenHash: hash });
    expect(token).not.toContain(hash);
  });

  it('are of this installation, or none', () => {
    expect(of(newer).recognize(token)).toBeUndefined();
    for (let index = 0; index < token.length; index++) {
      const changed = token.slice(0, index) + (token[index] === '0' ? '1' : '0') + token.slice(index + 1);
      expect(of(older).recognize(changed)).toBeUndefined();
    }
    for (const text of ['', `${kind.prefix}_`, `${token}x`, `${token}\n`, `x${token}`]) {
      expect(of(older).recognize(text)).toBeUndefined();
    }
  });

  it('are of no other kind, whatever they are called', () => {
    for (const [, other] of KINDS) {
      if (other.prefix === kind.prefix) continue;
      const tokens = new CheckedTokens(other, [older]);
      expect(tokens.recognize(token)).toBeUndefined();
      expect(tokens.recognize(other.prefix + token.slice(kind.prefix.length))).toBeUndefined();
    }
  });
});
