import { createSecretKey, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  CredentialMisdirected,
  CredentialUnreadable,
  generateVaultKeyPair,
  HpkeCredentialSealer,
  HpkeDataKeyUnwrapper,
  openCredential,
  originsOf,
  publicKeyOf,
  type SealedCredential,
  vaultKeyIdOf,
} from './index';

const pair = generateVaultKeyPair();
const sealer = new HpkeCredentialSealer(pair.publicKey);
const unwrapper = new HpkeDataKeyUnwrapper([pair.privateKey]);
const URL_A = 'https://api.a.example/v1';
const binding = {
  organizationId: 'org_a',
  integrationId: 'int_a',
  credentialVersion: 1,
  origins: originsOf([URL_A, 'https://login.a.example']),
};
const credential = { api_key: 'sk-canary-ü-🔑', organization: 'acme' };

const open = async (sealed: SealedCredential, by = unwrapper) =>
  openCredential(sealed, await by.unwrap(sealed), URL_A);
const flipped = (bytes: Uint8Array, index: number): Uint8Array => {
  const copy = Buffer.from(bytes);
  copy[index] = (copy[index] ?? 0) ^ 1;
  return copy;
};

describe('a sealed credential', () => {
  test('opens with the private key, again and again', async () => {
    const sealed = await sealer.seal(binding, credential);
    const dataKey = await unwrapper.unwrap(sealed);
    expect(openCredential(sealed, dataKey, URL_A)).toEqual(credential);
    expect(openCredential(sealed, dataKey, URL_A)).toEqual(credential);
    expect(sealed).toMatchObject({ ...binding, format: 2, fields: ['api_key', 'organization'] });
  });

  test('opens when it had no field at all, and with names that look like others', async () => {
    expect(await open(await sealer.seal(binding, {}))).toEqual({});
    const odd = Object.fromEntries([
      ['__proto__', 'a'],
      ['a,b', 'c'],
    ]);
    expect(Object.entries(await open(await sealer.seal(binding, odd)))).toEqual(Object.entries(odd));
  });

  test('is different every time', async () => {
    const [one, two] = [await sealer.seal(binding, credential), await sealer.seal(binding, credential)];
    for (const part of ['encapsulatedKey', 'wrappedDataKey', 'nonce', 'ciphertext'] as const) {
      expect(one[part]).not.toEqual(two[part]);
    }
  });

  test('takes its data key and nonce from the given source', async () => {
    const lengths: number[] = [];
    const fixed = new HpkeCredentialSealer(pair.publicKey, (length) => {
      lengths.push(length);
      return Buffer.alloc(length, 7);
    });
    const sealed = await fixed.seal(binding, credential);
    expect(lengths).toEqual([32, 12]);
    expect(openCredential(sealed, createSecretKey(Buffer.alloc(32, 7)), URL_A)).toEqual(credential);
  });

  test('shows nothing of what is inside', async () => {
    const sealed = await sealer.seal(binding, credential);
    const bytes = Buffer.concat([
      sealed.encapsulatedKey,
      sealed.wrappedDataKey,
      sealed.nonce,
      sealed.ciphertext,
    ]);
    for (const secret of Object.values(credential)) {
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.toString('base64')).not.toContain(
        Buffer.from(secret).toString('base64').replace(/=+$/, ''),
      );
    }
  });

  const otherwiseBound: [string, Partial<SealedCredential>][] = [
    ['organization', { organizationId: 'org_b' }],
    ['integration', { integrationId: 'int_b' }],
    ['version', { credentialVersion: 2 }],
    ['field set', { fields: ['api_key'] }],
    ['order of fields', { fields: ['organization', 'api_key'] }],
    ['origin', { origins: originsOf([URL_A, 'https://login.b.example']) }],
    [
      'origin beside its own',
      { origins: originsOf([URL_A, 'https://b.example', 'https://login.a.example']) },
    ],
    ['origin less', { origins: originsOf([URL_A]) }],
    ['format', { format: 1 }],
    ['format that is not known', { format: 3 }],
    ['field that was an origin', { fields: [...Object.keys(credential), binding.origins[0] ?? ''] }],
    ['a boundary moved between parts', { organizationId: 'org_', integrationId: 'aint_a' }],
  ];
  test.each(otherwiseBound)('neither unwraps nor opens under another %s', async (_what, change) => {
    const sealed = await sealer.seal(binding, credential);
    const dataKey = await unwrapper.unwrap(sealed);
    await expect(unwrapper.unwrap({ ...sealed, ...change })).rejects.toThrow(CredentialUnreadable);
    expect(() => openCredential({ ...sealed, ...change }, dataKey, URL_A)).toThrow(CredentialUnreadable);
  });

  test.each(['https://api.a.example/v2/other', 'https://API.A.example:443', 'https://login.a.example/token'])(
    'opens for %s',
    async (url) => {
      const sealed = await sealer.seal(binding, credential);
      expect(openCredential(sealed, await unwrapper.unwrap(sealed), url)).toEqual(credential);
    },
  );

  test.each([
    'http://api.a.example/v1',
    'http://api.a.example:443/v1',
    'https://api.a.example:8443/v1',
    'https://api.a.example.b.example/v1',
    'https://api.a.example@b.example/v1',
    'https://api.a.example./v1',
    'https://a.example/v1',
    'wss://api.a.example/v1',
    'api.a.example',
    '',
  ])('does not open for "%s"', async (url) => {
    const sealed = await sealer.seal(binding, credential);
    const dataKey = await unwrapper.unwrap(sealed);
    expect(() => openCredential(sealed, dataKey, url)).toThrow(CredentialMisdirected);
  });

  test('does not unwrap with another private key', async () => {
    const sealed = await sealer.seal(binding, credential);
    const other = new HpkeDataKeyUnwrapper([generateVaultKeyPair().privateKey]);
    await expect(other.unwrap(sealed)).rejects.toThrow(CredentialUnreadable);
  });

  test.each(['encapsulatedKey', 'wrappedDataKey'] as const)(
    'does not unwrap with a bit of %s changed',
    async (part) => {
      const sealed = await sealer.seal(binding, credential);
      for (const index of [0, 20, sealed[part].length - 2]) {
        const tampered = { ...sealed, [part]: flipped(sealed[part], index) };
        await expect(unwrapper.unwrap(tampered)).rejects.toThrow(CredentialUnreadable);
      }
      await expect(unwrapper.unwrap({ ...sealed, [part]: new Uint8Array() })).rejects.toThrow(
        CredentialUnreadable,
      );
    },
  );

  test.each(['nonce', 'ciphertext'] as const)('does not open with any byte of %s changed', async (part) => {
    const sealed = await sealer.seal(binding, credential);
    const dataKey = await unwrapper.unwrap(sealed);
    for (let index = 0; index < sealed[part].length; index++) {
      const tampered = { ...sealed, [part]: flipped(sealed[part], index) };
      expect(() => openCredential(tampered, dataKey, URL_A)).toThrow(CredentialUnreadable);
    }
    for (const length of [0, 5, sealed[part].length - 1]) {
      const cut = { ...sealed, [part]: sealed[part].subarray(0, length) };
      expect(() => openCredential(cut, dataKey, URL_A)).toThrow(CredentialUnreadable);
    }
  });

  test('does not open with the data key of another', async () => {
    const sealed = await sealer.seal(binding, credential);
    const another = await unwrapper.unwrap(await sealer.seal(binding, credential));
    expect(() => openCredential(sealed, another, URL_A)).toThrow(CredentialUnreadable);
  });

  test('an error says nothing of the credential', async () => {
    const sealed = await sealer.seal(binding, credential);
    const error = await open({ ...sealed, organizationId: 'org_b' }).catch((refusal: unknown) => refusal);
    expect(String((error as Error).stack)).not.toContain('canary');
    expect((error as Error).cause).toBeUndefined();
  });
});

interface StoredCredential {
  readonly privateKey: string;
  readonly sealed: Omit<SealedCredential, 'encapsulatedKey' | 'wrappedDataKey' | 'nonce' | 'ciphertext'> &
    Record<'encapsulatedKey' | 'wrappedDataKey' | 'nonce' | 'ciphertext', string>;
  readonly opens: Record<string, string>;
}

describe('what an earlier version sealed', () => {
  const golden = (name: string) => {
    const path = join(__dirname, '../fixtures', name);
    const { privateKey, sealed, opens } = JSON.parse(readFileSync(path, 'utf8')) as StoredCredential;
    const bytes = (base64: string): Buffer => Buffer.from(base64, 'base64');
    const { encapsulatedKey, wrappedDataKey, nonce, ciphertext } = sealed;
    return {
      unwrapper: new HpkeDataKeyUnwrapper([bytes(privateKey)]),
      sealed: {
        ...sealed,
        encapsulatedKey: bytes(encapsulatedKey),
        wrappedDataKey: bytes(wrappedDataKey),
        nonce: bytes(nonce),
        ciphertext: bytes(ciphertext),
      },
      opens,
    };
  };

  test('of the first format opens, for the origins that come with it', async () => {
    const { unwrapper: ofThen, sealed, opens } = golden('sealed-credential@1.json');
    const dataKey = await ofThen.unwrap(sealed);
    expect(openCredential(sealed, dataKey, 'https://api.openai.com/v1')).toEqual(opens);
    expect(() => openCredential(sealed, dataKey, URL_A)).toThrow(CredentialMisdirected);
    await expect(ofThen.unwrap({ ...sealed, format: 2 })).rejects.toThrow(CredentialUnreadable);
  });

  test('of the second format opens, for its own origins', async () => {
    const { unwrapper: ofThen, sealed, opens } = golden('sealed-credential@2.json');
    const dataKey = await ofThen.unwrap(sealed);
    expect(openCredential(sealed, dataKey, 'https://api.openai.com/v1')).toEqual(opens);
    const forged = { ...sealed, origins: originsOf([URL_A]) };
    expect(() => openCredential(forged, dataKey, URL_A)).toThrow(CredentialUnreadable);
  });
});

describe('origins', () => {
  test('name scheme, host and port, sorted, each once', () => {
    const urls = [
      'https://b.example/v1',
      'http://[::1]:8000/v1',
      'http://B.example',
      'https://b.example:443',
    ];
    expect(originsOf(urls)).toEqual(['http://[::1]:8000', 'http://b.example:80', 'https://b.example:443']);
  });

  test.each(['ftp://a.example', 'a.example', ''])('are not to be had of "%s"', (url) => {
    expect(() => originsOf([url])).toThrow(RangeError);
  });
});

describe('a vault with two keys', () => {
  const next = generateVaultKeyPair();
  const nextId = vaultKeyIdOf(next.publicKey);
  const both = new HpkeDataKeyUnwrapper([pair.privateKey, next.privateKey]);
  const onlyNext = new HpkeDataKeyUnwrapper([next.privateKey]);

  test('opens with the key that a credential names, and with no other', async () => {
    const sealed = await sealer.seal(binding, credential);
    expect(sealed.keyId).toBe(vaultKeyIdOf(pair.publicKey));
    expect(await open(sealed, both)).toEqual(credential);
    await expect(both.unwrap({ ...sealed, keyId: nextId })).rejects.toThrow(CredentialUnreadable);
    await expect(both.unwrap({ ...sealed, keyId: 'vk_0' })).rejects.toThrow(CredentialUnreadable);
    await expect(onlyNext.unwrap(sealed)).rejects.toThrow(CredentialUnreadable);
  });

  test('tries each where a credential names none', async () => {
    const sealed = { ...(await sealer.seal(binding, credential)), keyId: '' };
    expect(await open(sealed, new HpkeDataKeyUnwrapper([next.privateKey, pair.privateKey]))).toEqual(
      credential,
    );
    await expect(onlyNext.unwrap(sealed)).rejects.toThrow(CredentialUnreadable);
  });
});

describe('a vault key pair', () => {
  test('has an id that its public half tells', () => {
    const { publicKey } = generateVaultKeyPair();
    expect(vaultKeyIdOf(publicKey)).toMatch(/^vk_[0-9a-f]{32}$/);
    expect(vaultKeyIdOf(publicKey)).toBe(vaultKeyIdOf(Buffer.from(publicKey)));
    expect(vaultKeyIdOf(Buffer.alloc(32))).toBe('vk_8d4f5cec7a7a6f68e90d9d69ad0788e8');
  });

  test('belongs together', () => {
    const { publicKey, privateKey } = generateVaultKeyPair();
    expect([publicKey.length, privateKey.length]).toEqual([32, 32]);
    expect(publicKeyOf(privateKey)).toEqual(publicKey);
  });

  test('derives as RFC 7748 §6.1 says', () => {
    const bob = Buffer.from('5dab087e624a8a4b79e17f8b83800ee66f3bb1292618b6fd1c2f8b27ff88e0eb', 'hex');
    expect(publicKeyOf(bob).toString('hex')).toBe(
      'de9edb7d7b7dc1b4d35b61c2ece435373f8343c85b78674dadfc7e146f882b4f',
    );
  });

  test('is refused with another length', () => {
    expect(() => publicKeyOf(randomBytes(31))).toThrow(RangeError);
  });
});
