import { inspect } from 'node:util';
import { FixedClock } from '@gatehouse/kernel';
import { ProcessSeal } from '@gatehouse/sealing';
import { credentialRejected, issuerUnavailable } from '../auth-errors';
import { EXPIRY_SKEW_MS, type FreshToken, TokenCache } from './token-cache';

const HOUR_MS = 3_600_000;

class Issuer {
  calls = 0;
  /** Each call waits for it. */
  gate: Promise<void> = Promise.resolve();
  failure: Error | undefined;
  lifetimeMs = HOUR_MS;

  constructor(private readonly clock: FixedClock) {}

  readonly fetch = async (): Promise<FreshToken> => {
    const token = `token-${++this.calls}`;
    const expiresAt = new Date(this.clock.now().getTime() + this.lifetimeMs);
    await this.gate;
    if (this.failure) throw this.failure;
    return { token, expiresAt };
  };
}

const setUp = () => {
  const clock = new FixedClock(new Date('2026-03-03T12:00:00Z'));
  const issuer = new Issuer(clock);
  const cache = new TokenCache(clock, new ProcessSeal());
  return { clock, issuer, cache, get: (name = 'a') => cache.get(name, issuer.fetch) };
};

describe('a token', () => {
  test('is kept until shortly before it expires, and asked anew then', async () => {
    const { clock, get } = setUp();
    expect(await get()).toBe('token-1');
    clock.advance(HOUR_MS - EXPIRY_SKEW_MS - 1);
    expect(await get()).toBe('token-1');
    clock.advance(1);
    expect(await get()).toBe('token-2');
    expect(await get()).toBe('token-2');
  });

  test('is fetched once by all who ask meanwhile', async () => {
    const { issuer, get } = setUp();
    let open = (): void => undefined;
    issuer.gate = new Promise((resolve) => (open = resolve));
    const asked = Array.from({ length: 50 }, () => get());
    open();
    expect(new Set(await Promise.all(asked))).toEqual(new Set(['token-1']));
    expect(issuer.calls).toBe(1);
  });

  test('is one per name', async () => {
    const { get } = setUp();
    expect(await Promise.all([get('a'), get('b'), get('a')])).toEqual(['token-1', 'token-2', 'token-1']);
  });

  test('that lives shorter than the skew is used and not kept', async () => {
    const { issuer, get } = setUp();
    issuer.lifetimeMs = EXPIRY_SKEW_MS;
    expect(await get()).toBe('token-1');
    expect(await get()).toBe('token-2');
  });

  test('is not believed to live for weeks', async () => {
    const { clock, issuer, get } = setUp();
    issuer.lifetimeMs = 1_000 * HOUR_MS;
    await get();
    clock.advance(26 * HOUR_MS);
    expect(await get()).toBe('token-2');
  });

  test('is kept sealed', async () => {
    const { cache, get } = setUp();
    await get();
    const shown = inspect(cache, { depth: 9, showHidden: true, maxArrayLength: null });
    expect(shown).not.toContain('token-1');
    expect(shown).not.toContain(
      Buffer.from('token-1')
        .toString('hex')
        .replace(/..(?!$)/g, '$& '),
    );
  });
});

describe('a fetch that fails', () => {
  test('fails all who wait for it, and is not remembered', async () => {
    const { issuer, get } = setUp();
    issuer.failure = credentialRejected('entra');
    const outcomes = await Promise.allSettled([get(), get()]);
    expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(issuer.calls).toBe(1);
    issuer.failure = undefined;
    expect(await get()).toBe('token-2');
  });

  test('also where it throws before it is begun', async () => {
    const { cache, get } = setUp();
    const broken = (): never => {
      throw new Error('broken');
    };
    await expect(cache.get('a', broken)).rejects.toThrow('broken');
    expect(await get()).toBe('token-1');
  });

  test('leaves the old token in use while that is good, if the issuer is only down', async () => {
    const { clock, issuer, get } = setUp();
    await get();
    issuer.failure = issuerUnavailable('entra');
    clock.advance(HOUR_MS - 1);
    expect(await get()).toBe('token-1');
    clock.advance(1);
    await expect(get()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });

  test('ends the use of the old token where the issuer refuses', async () => {
    const { clock, issuer, get } = setUp();
    await get();
    issuer.failure = credentialRejected('entra');
    clock.advance(HOUR_MS - EXPIRY_SKEW_MS);
    await expect(get()).rejects.toMatchObject({ code: 'REFUSED' });
    issuer.failure = issuerUnavailable('entra');
    await expect(get()).rejects.toMatchObject({ code: 'UNAVAILABLE' });
  });
});

describe('a token that was refused', () => {
  test('is asked anew', async () => {
    const { cache, get } = setUp();
    const refused = await get();
    cache.forget('a', (token) => token === refused);
    expect(await get()).toBe('token-2');
  });

  test('takes no other with it: many are told of one refusal', async () => {
    const { cache, issuer, get } = setUp();
    const refused = await get();
    for (let told = 0; told < 50; told++) {
      cache.forget('a', (token) => token === refused);
      await get();
    }
    expect(issuer.calls).toBe(2);
  });

  test('is not the one that is being fetched', async () => {
    const { cache, issuer, get } = setUp();
    const refused = await get();
    cache.forget('a', (token) => token === refused);
    const asked = get();
    cache.forget('a', (token) => token === refused);
    expect(await Promise.all([asked, get()])).toEqual(['token-2', 'token-2']);
    expect(issuer.calls).toBe(2);
  });
});
