import { apiKeyId, deriveId } from '@gatehouse/kernel';
import { hashApiKey } from './api-key-hash';
import { pepperIdOf, Peppers } from './peppers';

const [older, newer] = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)];
const both = new Peppers([newer, older]);
const mint = (peppers: Peppers) => peppers.mint(apiKeyId(deriveId('key', 'a')), new Uint8Array(32).fill(3));

describe('peppers', () => {
  it('have ids that tell nothing of them and are for ever', () => {
    expect(pepperIdOf(older)).toBe('kp_5448e8a6ddf00aea');
    expect(pepperIdOf(older)).not.toBe(pepperIdOf(newer));
  });

  it('are for new keys the first', () => {
    const { secret, hash, pepperId } = mint(both);
    expect(pepperId).toBe(pepperIdOf(newer));
    expect(hash).toBe(hashApiKey(newer, secret).toString('hex'));
    expect(both.recognize(secret)).toEqual({ form: 'checked', hashes: [hash] });
  });

  it('recognize what each of them made, by one hash', () => {
    const { secret, hash } = mint(new Peppers([older]));
    expect(both.recognize(secret)).toEqual({ form: 'checked', hashes: [hash] });
    expect(new Peppers([newer]).recognize(secret)).toBeUndefined();
  });

  it('give a key of the older form a hash each, and what is no key none', () => {
    const old = mint(both).secret.slice(0, -13);
    expect(both.recognize(old)).toEqual({
      form: 'unchecked',
      hashes: [newer, older].map((pepper) => hashApiKey(pepper, old).toString('hex')),
    });
    expect(both.recognize('sk-anything')).toBeUndefined();
  });

  it('are at least one', () => {
    expect(() => new Peppers([])).toThrow(RangeError);
  });
});
