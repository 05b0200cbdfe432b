import { inspect } from 'node:util';
import { CredentialUnreadable, ProcessSeal } from './index';

const seal = new ProcessSeal();
const secret = 'canary-ü-🔑';

describe('what a process seals for itself', () => {
  test('opens in the context that it was sealed in, and no two look alike', () => {
    const first = seal.seal(secret, 'a');
    expect(seal.open(first, 'a')).toBe(secret);
    expect(seal.open(seal.seal('', 'a'), 'a')).toBe('');
    expect(Buffer.from(seal.seal(secret, 'a')).equals(Buffer.from(first))).toBe(false);
  });

  test('opens in no other context, for no other process, and not when a bit of it changed', () => {
    const sealed = seal.seal(secret, 'a');
    expect(() => seal.open(sealed, 'b')).toThrow(CredentialUnreadable);
    expect(() => new ProcessSeal().open(sealed, 'a')).toThrow(CredentialUnreadable);
    for (let index = 0; index < sealed.length; index++) {
      const changed = Uint8Array.from(sealed, (byte, at) => (at === index ? byte ^ 1 : byte));
      expect(() => seal.open(changed, 'a')).toThrow(CredentialUnreadable);
    }
    expect(() => seal.open(sealed.subarray(0, 27), 'a')).toThrow(CredentialUnreadable);
  });

  test('does not show in what is sealed, named or inspected', () => {
    const shown = [
      Buffer.from(seal.seal(secret, 'a')).toString('utf8'),
      seal.nameOf(secret),
      inspect(seal, { depth: 9, showHidden: true }),
    ];
    for (const text of shown) expect(text).not.toContain('canary');
  });
});

describe('a name', () => {
  test('is the same for the same parts only', () => {
    expect(seal.nameOf('a', 'b')).toBe(seal.nameOf('a', 'b'));
    expect(seal.nameOf('a', 'b')).not.toBe(seal.nameOf('ab'));
    expect(seal.nameOf('a', 'b')).not.toBe(seal.nameOf('b', 'a'));
  });

  test('is another in another process', () => {
    expect(new ProcessSeal().nameOf('a')).not.toBe(seal.nameOf('a'));
  });
});
