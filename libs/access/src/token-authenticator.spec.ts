import { createHash } from 'node:crypto';
import { inviteId, apiKeyId, sessionId, deriveId, organizationId, ROLE_SCOPES } from '@gatehouse/kernel';
import type { IdTokenPrincipal, Principal } from '@gatehouse/grpc';
import { Metadata } from '@grpc/grpc-js';
import { hashApiKey } from './api-key-hash';
import { ApiKeys } from './key-lookups';
import { CheckedTokens, INVITE_TOKEN, SESSION_TOKEN, SIGN_IN_LINK_TOKEN } from './checked-tokens';
import { Peppers } from './peppers';
import { keyNamed } from './testing';
import { TokenAuthenticator } from './token-authenticator';

const pepper = new Uint8Array(32).fill(7);
const admin: Principal = {
  kind: 'organizationKey',
  role: 'admin',
  scopes: ROLE_SCOPES.admin,
  bounded: false,
  keyId: apiKeyId(deriveId('key', 'a')),
  organizationId: organizationId(deriveId('org', 'a')),
};

const key = keyNamed(pepper, 'a');
const wrong = keyNamed(new Uint8Array(32).fill(8), 'a');

class FewApiKeys extends ApiKeys {
  readonly known = new Map<string, Principal>();

  readonly looked: string[] = [];

  async findAll(hashes: readonly string[]): Promise<ReadonlyMap<string, Principal>> {
    this.looked.push(...hashes);
    return new Map([...this.known].filter(([hash]) => hashes.includes(hash)));
  }
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** Keys whose use was noted, since the last test. */
const noted: string[] = [];
beforeEach(() => noted.splice(0));

const authenticator = (
  keys: ApiKeys,
  patienceMs = 0,
  overTls = false,
  peppers: readonly Uint8Array[] = [pepper],
) =>
  new TokenAuthenticator(keys, {
    peppers: new Peppers(peppers),
    tokenPeppers: peppers,
    uses: { note: (id) => noted.push(id) },
    patienceMs,
    overTls,
    tokenHashes: new Map(
      ['gateway', 'operator'].map((name) => [name, [sha256(name), sha256(`earlier ${name}`)]]),
    ),
  });

const metadataWith = (key: string, value: string): Metadata => {
  const metadata = new Metadata();
  metadata.set(key, value);
  return metadata;
};

describe('TokenAuthenticator', () => {
  it('knows who is invited by the token, and looks nothing up', async () => {
    const [organization, invite] = [organizationId(deriveId('org', 'a')), inviteId(deriveId('inv', 'a'))];
    const { token, hash } = new CheckedTokens(INVITE_TOKEN, [pepper]).mint(
      organization,
      invite,
      new Uint8Array(32),
    );
    const nobody = authenticator({ findAll: () => Promise.reject(new Error('looked up')) });
    const present = (text: string) => nobody.authenticate(metadataWith('authorization', `Bearer ${text}`));
    const invited = { organizationId: organization, inviteId: invite, tokenHash: hash };
    expect(await present(token)).toEqual({ kind: 'invite', ...invited });
    await expect(present(`${token}x`)).rejects.toMatchObject({ reason: 'CREDENTIALS_UNKNOWN' });
  });

  it('knows who was given a link to sign in by, and looks nothing up', async () => {
    const [organization, keyId] = [organizationId(deriveId('org', 'a')), apiKeyId(deriveId('key', 'a'))];
    const links = new CheckedTokens(SIGN_IN_LINK_TOKEN, [pepper]);
    const { token, hash } = links.mint(organization, keyId, new Uint8Array(32));
    const nobody = authenticator({ findAll: () => Promise.reject(new Error('looked up')) });
    const present = (text: string) => nobody.authenticate(metadataWith('authorization', `Bearer ${text}`));
    const linked = { kind: 'signInLink', organizationId: organization, keyId, tokenHash: hash };
    expect(await present(token)).toEqual(linked);
    await expect(present(`${token}x`)).rejects.toMatchObject({ reason: 'CREDENTIALS_UNKNOWN' });
  });

  it('knows who has signed in by the session, whose key it says is used', async () => {
    const [organization, id] = [organizationId(deriveId('org', 'a')), sessionId(deriveId('ses', 'a'))];
    const { token, hash } = new CheckedTokens(SESSION_TOKEN, [pepper]).mint(
      organization,
      id,
      new Uint8Array(32),
    );
    const keys = new FewApiKeys();
    const present = (text: string) =>
      authenticator(keys).authenticate(metadataWith('authorization', `Bearer ${text}`));
    await expect(present(token)).rejects.toMatchObject({ reason: 'CREDENTIALS_UNKNOWN' });
    keys.known.set(hash, admin);
    expect(await present(token)).toEqual(admin);
    expect(noted).toEqual([deriveId('key', 'a')]);
    await expect(present(`${token}x`)).rejects.toMatchObject({ reason: 'CREDENTIALS_UNKNOWN' });
    expect(keys.looked).toEqual([hash, hash]);
  });

  it('knows services and the operator by their tokens', async () => {
    const { authenticate } = {
      authenticate: (token: string) =>
        authenticator(new FewApiKeys()).authenticate(metadataWith('x-gatehouse-service-token', token)),
    };
    await expect(authenticate('gateway')).resolves.toEqual({ kind: 'service', name: 'gateway' });
    await expect(authenticate('operator')).resolves.toEqual({ kind: 'operator' });
    await expect(authenticate('earlier gateway')).resolves.toEqual({ kind: 'service', name: 'gateway' });
    await expect(authenticate('other')).rejects.toMatchObject({ reason: 'CREDENTIALS_UNKNOWN' });
  });

  it('knows services over TLS by their certificates, and takes no token there', async () => {
    const keys = new FewApiKeys();
    keys.known.set(hashApiKey(pepper, key).toString('hex'), admin);
    const overTls = authenticator(keys, 0, true);
    await expect(overTls.authenticate(new Metadata(), 'gateway')).resolves.toEqual({
      kind: 'service',
      name: 'gateway',
    });
    for (const identity of ['gateway', undefined] as const) {
      const token = metadataWith('x-gatehouse-service-token', 'operator');
      await expect(overTls.authenticate(token, identity)).rejects.toMatchObject({
        code: 'UNAUTHENTICATED',
        reason: 'SERVICE_TOKEN_OVER_TLS',
      });
    }
    await expect(overTls.authenticate(new Metadata())).rejects.toMatchObject({
      reason: 'CREDENTIALS_MISSING',
    });
  });

  it('lets a key count, and not the certificate of the connection that carries it', async () => {
    const keys = new FewApiKeys();
    keys.known.set(hashApiKey(pepper, key).toString('hex'), admin);
    const overTls = authenticator(keys, 0, true);
    const call = (value: string) => overTls.authenticate(metadataWith('authorization', value), 'operator');
    await expect(call(`Bearer ${key}`)).resolves.toEqual(admin);
    await expect(call(`Bearer ${wrong}`)).rejects.toMatchObject({ reason: 'CREDENTIALS_UNKNOWN' });
    await expect(call(`Basic ${key}`)).rejects.toMatchObject({ reason: 'CREDENTIALS_MISSING' });
  });

  it('has the use of a key noted that it lets in, and of nobody else', async () => {
    const keys = new FewApiKeys();
    const present = (text: string) =>
      authenticator(keys)
        .authenticate(metadataWith('authorization', `Bearer ${text}`))
        .catch(() => undefined);
    await present(key);
    await present(wrong);
    await authenticator(keys).authenticate(metadataWith('x-gatehouse-service-token', 'operator'));
    expect(noted).toEqual([]);
    keys.known.set(hashApiKey(pepper, key).toString('hex'), admin);
    await present(key);
    expect(noted).toEqual([admin.keyId]);
  });

  it('knows keys by their keyed hash, also one that arrives a moment later', async () => {
    const keys = new FewApiKeys();
    const found = authenticator(keys, 1_000).authenticate(metadataWith('authorization', `Bearer ${key}`));
    keys.known.set(hashApiKey(pepper, key).toString('hex'), admin);
    await expect(found).resolves.toEqual(admin);
  });

  it('knows keys of the older form, without a check value', async () => {
    const keys = new FewApiKeys();
    const old = key.slice(0, -13);
    keys.known.set(hashApiKey(pepper, old).toString('hex'), admin);
    const found = authenticator(keys).authenticate(metadataWith('authorization', `Bearer ${old}`));
    await expect(found).resolves.toEqual(admin);
  });

  it('knows keys under an earlier pepper while it is there, each by one hash', async () => {
    const next = new Uint8Array(32).fill(9);
    const [earlier, later] = [key, keyNamed(next, 'b')];
    const keys = new FewApiKeys();
    keys.known.set(hashApiKey(pepper, earlier).toString('hex'), admin);
    keys.known.set(hashApiKey(next, later).toString('hex'), admin);
    const call = (presented: string, peppers: Uint8Array[]) =>
      authenticator(keys, 0, false, peppers).authenticate(
        metadataWith('authorization', `Bearer ${presented}`),
      );
    for (const presented of [earlier, later]) {
      await expect(call(presented, [next, pepper])).resolves.toEqual(admin);
    }
    expect(keys.looked).toHaveLength(2);
    await expect(call(earlier, [next])).rejects.toMatchObject({ reason: 'CREDENTIALS_UNKNOWN' });
    expect(keys.looked).toHaveLength(2);
  });

  it('looks a key of the older form up under each pepper, and no more', async () => {
    const next = new Uint8Array(32).fill(9);
    const old = key.slice(0, -13);
    const keys = new FewApiKeys();
    keys.known.set(hashApiKey(pepper, old).toString('hex'), admin);
    const both = authenticator(keys, 0, false, [next, pepper]);
    await expect(both.authenticate(metadataWith('authorization', `Bearer ${old}`))).resolves.toEqual(admin);
    expect(keys.looked).toHaveLength(2);
  });

  it('has ID tokens verified where people sign in, and nowhere else', async () => {
    const [text, metadata] = ['e30.e30.c2ln', metadataWith('authorization', 'Bearer e30.e30.c2ln')];
    const verified: IdTokenPrincipal = {
      ...{ kind: 'idToken', organizationId: organizationId(deriveId('org', 'a')), tokenHash: 'a' },
      ...{ email: 'ann@mail.example', role: 'admin', nonce: 'n' },
    };
    const there = new TokenAuthenticator(new FewApiKeys(), {
      ...{ peppers: new Peppers([pepper]), tokenPeppers: [pepper], uses: { note: () => undefined } },
      ...{
        tokenHashes: new Map(),
        idTokens: {
          verify: (one) => (one === text ? Promise.resolve(verified) : Promise.reject(new Error(one))),
        },
      },
    });
    await expect(there.authenticate(metadata)).resolves.toEqual(verified);
    const elsewhere = authenticator(new FewApiKeys()).authenticate(metadata);
    await expect(elsewhere).rejects.toMatchObject({ reason: 'CREDENTIALS_UNKNOWN' });
  });

  it.each([
    '',
    'Basic abc',
    'Bearer',
    `Bearer ${'x'.repeat(300)}`,
    'Bearer unknown',
    `Bearer ${key}0`,
    `Bearer ${wrong}`,
  ])('refuses %p without a look', async (value) => {
    const keys = new FewApiKeys();
    const refused = authenticator(keys).authenticate(metadataWith('authorization', value));
    await expect(refused).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
    expect(keys.looked).toEqual([]);
  });
});
