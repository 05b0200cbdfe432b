import { apiKeyId, deriveId, organizationId, ROLE_SCOPES } from '@gatehouse/kernel';
import type { Principal } from '@gatehouse/grpc';
import { ApiKeys, KeyLookups } from './key-lookups';

const admin: Principal = {
  kind: 'organizationKey',
  role: 'admin',
  scopes: ROLE_SCOPES.admin,
  bounded: false,
  keyId: apiKeyId(deriveId('key', 'a')),
  organizationId: organizationId(deriveId('org', 'a')),
};

/** Remembers what it was asked. */
class CountingKeys extends ApiKeys {
  readonly known = new Map<string, Principal>();
  readonly looks: string[][] = [];
  failing = false;

  async findAll(hashes: readonly string[]): Promise<ReadonlyMap<string, Principal>> {
    this.looks.push([...hashes]);
    if (this.failing) throw new Error('the database is down');
    return new Map(hashes.flatMap((hash) => [...(this.known.has(hash) ? [[hash, admin] as const] : [])]));
  }
}

const PATIENCE_MS = 1_000;
const TICKS = PATIENCE_MS / 50;
const named = (name: string, count: number): string[] =>
  Array.from({ length: count }, (_, index) => `${name}${index}`);

describe('KeyLookups', () => {
  let keys: CountingKeys;
  let lookups: KeyLookups;

  beforeEach(() => {
    jest.useFakeTimers();
    keys = new CountingKeys();
    lookups = new KeyLookups(keys, PATIENCE_MS);
  });
  afterEach(() => jest.useRealTimers());

  it('asks for many in one look, those with a check value first', async () => {
    const first = lookups.find('first', 'unchecked');
    const old = named('old', 600).map((hash) => lookups.find(hash, 'unchecked'));
    keys.known.set('admin', admin);
    const found = lookups.find('admin', 'checked');
    await expect(found).resolves.toEqual(admin);
    expect(keys.looks.slice(0, 2).map((hashes) => hashes.slice(0, 2))).toEqual([
      ['first'],
      ['admin', 'old0'],
    ]);
    await Promise.all([first, ...old]);
    expect(keys.looks.map(({ length }) => length)).toEqual([1, 512, 89]);
  });

  it('has a place for who shows a check value, however many show none', async () => {
    const old = named('old', 2_000).map((hash) => lookups.find(hash, 'unchecked'));
    keys.known.set('admin', admin);
    await expect(lookups.find('admin', 'checked')).resolves.toEqual(admin);
    const outcomes = await Promise.allSettled(old);
    const refused = outcomes.filter(({ status }) => status === 'rejected');
    expect(refused).toHaveLength(1_000);
    expect(new Set(refused.map((outcome) => (outcome as PromiseRejectedResult).reason.reason))).toEqual(
      new Set(['TOO_MANY_CALLS']),
    );
    await expect(lookups.find('old', 'unchecked')).resolves.toBeUndefined();
  });

  it('never waits for a key without a check value', async () => {
    await expect(lookups.find('old', 'unchecked')).resolves.toBeUndefined();
    await jest.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(keys.looks).toEqual([['old']]);
  });

  it('finds a key that arrives a moment later', async () => {
    const found = lookups.find('new', 'checked');
    await jest.advanceTimersByTimeAsync(120);
    keys.known.set('new', admin);
    await jest.advanceTimersByTimeAsync(50);
    await expect(found).resolves.toEqual(admin);
    expect(keys.looks).toHaveLength(4);
  });

  it('waits for 32 keys at most, with one look a tick, and refuses the others at once', async () => {
    const answered: string[] = [];
    const ask = (hash: string): void =>
      void lookups
        .find(hash, 'checked')
        .then((found) => answered.push(`${hash} ${found?.kind ?? 'unknown'}`));
    for (const hash of named('gone', 100)) ask(hash);
    for (let call = 0; call < 100; call++) ask('gone0');
    await jest.advanceTimersByTimeAsync(0);
    expect(answered).toHaveLength(68);
    const atOnce = keys.looks.length;
    await jest.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(answered).toHaveLength(200);
    expect(keys.looks.slice(atOnce).map(({ length }) => length)).toEqual(Array(TICKS).fill(32));
    await jest.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(keys.looks).toHaveLength(atOnce + TICKS);
    // There is room again.
    ask('later');
    await jest.advanceTimersByTimeAsync(60);
    keys.known.set('later', admin);
    await jest.advanceTimersByTimeAsync(50);
    expect(answered.at(-1)).toBe('later organizationKey');
  });

  it('has a place for every key that is known, however many wait for one that is not', async () => {
    const gone = named('call', 2_000).map(() => lookups.find('gone', 'checked').catch(() => undefined));
    await jest.advanceTimersByTimeAsync(0);
    keys.known.set('admin', admin);
    await expect(lookups.find('admin', 'checked')).resolves.toEqual(admin);
    let told = 0;
    for (const call of gone) void call.then(() => told++);
    await jest.advanceTimersByTimeAsync(0);
    // They wait for one key together, and not all of them.
    expect(told).toBe(2_000 - 128);
    await jest.advanceTimersByTimeAsync(PATIENCE_MS);
    expect(told).toBe(2_000);
  });

  it('tells everybody when looking fails, and looks again for the next', async () => {
    const waits = lookups.find('new', 'checked').catch((error: Error) => error.message);
    await jest.advanceTimersByTimeAsync(0);
    keys.failing = true;
    await expect(lookups.find('other', 'checked')).rejects.toThrow('the database is down');
    await jest.advanceTimersByTimeAsync(50);
    expect(await waits).toBe('the database is down');
    keys.failing = false;
    keys.known.set('new', admin);
    await expect(lookups.find('new', 'checked')).resolves.toEqual(admin);
  });
});
