import { randomBytes } from 'node:crypto';
import { deriveId } from '@gatehouse/kernel';
import type { IntegrationKey, IntegrationKeyName } from '../keys/integration-key';
import { parseIntegrationKeyId } from '../keys/integration-key';
import type { KeyProvider } from '../keys/key-provider';
import { KeyProviders } from '../keys/key-providers';
import { HpkeCredentialSealer, HpkeDataKeyUnwrapper } from '../hpke-sealing';
import { openCredential } from '../open-credential';
import { originsOf } from '../origins';
import { CredentialUnreadable, type SealedCredential } from '../sealed-credential';
import { generateVaultKeyPair, publicKeyOf } from '../vault-key';

export interface KeyProviderUnderTest {
  /** Of one store of keys, as two gateways have it. */
  readonly provider: KeyProvider;
  readonly second: KeyProvider;
  /** Ends the waiting of what is scheduled; with it goes whatever else there is. */
  endOfWaiting(): Promise<void>;
  /** From now on it cannot be reached. */
  fail(): Promise<void>;
  tear(): Promise<void>;
}

const URL_A = 'https://api.a.example/v1';
const credential = { api_key: 'sk-canary-of-the-contract' };

const freshName = (epoch = 1): IntegrationKeyName => ({
  integrationId: deriveId('int', randomBytes(16).toString('hex')),
  epoch,
});

const sealedTo = (key: IntegrationKey, integrationId: string): Promise<SealedCredential> =>
  new HpkeCredentialSealer(key.publicKey, randomBytes, key).seal(
    {
      organizationId: deriveId('org', 'a'),
      integrationId,
      credentialVersion: 1,
      origins: originsOf([URL_A]),
    },
    credential,
  );

/** What every key provider promises. */
export const keyProviderContract = (
  name: string,
  start: () => Promise<KeyProviderUnderTest>,
  timeoutMs = 30_000,
): void => {
  describe(`key provider: ${name}`, () => {
    let under: KeyProviderUnderTest;
    beforeAll(async () => {
      under = await start();
    }, timeoutMs);
    afterAll(() => under.tear());

    const unwrapperOf = (provider = under.provider, vaultKeys: readonly Uint8Array[] = []) =>
      new HpkeDataKeyUnwrapper(vaultKeys, new KeyProviders([provider]));
    const opened = async (sealed: SealedCredential, by = unwrapperOf()) =>
      openCredential(sealed, await by.unwrap(sealed), URL_A);
    const destroyed = async (of: IntegrationKeyName): Promise<void> => {
      const first = await under.provider.destroy(of, false);
      if (first.state === 'scheduled') await under.provider.destroy(of, true);
    };

    test('makes a key whose id names it, and which opens what was sealed to its public half', async () => {
      const of = freshName();
      const key = await under.provider.create(of);
      expect(parseIntegrationKeyId(key.keyId)).toEqual({ ...of, kind: under.provider.kind });
      expect(key.publicKey).toHaveLength(32);
      const sealed = await sealedTo(key, of.integrationId);
      expect(sealed.keyId).toBe(key.keyId);
      expect(await opened(sealed)).toEqual(credential);
      expect(await opened(sealed, unwrapperOf(under.second))).toEqual(credential);
    });

    test('the private half is nowhere in what it hands out', async () => {
      const of = freshName();
      const key = await under.provider.create(of);
      const privateKey = await under.provider.privateHalf(key);
      expect(publicKeyOf(privateKey)).toEqual(Buffer.from(key.publicKey));
      const custody = Buffer.from(key.custody);
      expect(custody.includes(privateKey)).toBe(false);
      expect(custody.toString('latin1')).not.toContain(privateKey.toString('base64').slice(0, 40));
    });

    test('however often and by whomever it is asked for, it opens, and one destruction ends it', async () => {
      const of = freshName();
      const asks = [under.provider, under.second, under.provider, under.second];
      const keys = await Promise.all(asks.map((provider) => provider.create(of)));
      const sealed = await Promise.all(keys.map((key) => sealedTo(key, of.integrationId)));
      for (const one of sealed) expect(await opened(one)).toEqual(credential);
      await destroyed(of);
      for (const one of sealed) {
        await expect(opened(one)).rejects.toThrow(CredentialUnreadable);
        await expect(opened(one, unwrapperOf(under.second))).rejects.toThrow(CredentialUnreadable);
      }
    });

    test('one epoch is destroyed, the next goes on', async () => {
      const [first, next] = [freshName(), freshName(2)];
      const of = { ...first, epoch: next.epoch };
      const [old, current] = [await under.provider.create(first), await under.provider.create(of)];
      const sealed = await sealedTo(old, first.integrationId);
      const moved = { ...sealed, ...(await unwrapperOf().rewrap(sealed, current)) };
      expect(await opened(moved)).toEqual(credential);
      await destroyed(first);
      await expect(opened(sealed)).rejects.toThrow(CredentialUnreadable);
      expect(await opened(moved)).toEqual(credential);
    });

    test('what a vault key sealed moves to the key of its integration, and to no other', async () => {
      const vault = generateVaultKeyPair();
      const of = freshName();
      const key = await under.provider.create(of);
      const by = unwrapperOf(under.provider, [vault.privateKey]);
      const old = await sealedTo(
        { keyId: '', publicKey: vault.publicKey, custody: new Uint8Array() },
        of.integrationId,
      );
      const moved = { ...old, ...(await by.rewrap(old, key)) };
      expect(await opened(moved)).toEqual(credential);
      expect(moved.ciphertext).toEqual(old.ciphertext);
      const another = await under.provider.create(freshName());
      await expect(by.rewrap(old, another)).rejects.toThrow(CredentialUnreadable);
    });

    test('opens nothing of another integration, and nothing under another name', async () => {
      const [a, b] = [freshName(), freshName()];
      const [keyA, keyB] = [await under.provider.create(a), await under.provider.create(b)];
      const sealed = await sealedTo(keyA, a.integrationId);
      for (const change of [
        { keyId: keyB.keyId },
        { keyId: keyB.keyId, keyCustody: keyB.custody },
        { integrationId: b.integrationId },
        { organizationId: deriveId('org', 'b') },
        { credentialVersion: 2 },
        { origins: originsOf(['https://b.example']) },
        { keyId: 'ik_local_x' },
        { keyId: '' },
      ]) {
        await expect(opened({ ...sealed, ...change })).rejects.toThrow(CredentialUnreadable);
      }
    });

    test('a key that was never made is not destroyed, nor does it open', async () => {
      await expect(under.provider.destroy(freshName(), false)).rejects.toMatchObject({
        code: 'NOT_FOUND',
        reason: 'INTEGRATION_KEY_UNKNOWN',
      });
      const of = freshName();
      const key = await under.provider.create(of);
      const other = {
        ...key,
        keyId: key.keyId.replace(of.integrationId.slice(4), freshName().integrationId.slice(4)),
      };
      await expect(under.provider.privateHalf(other)).rejects.toThrow(CredentialUnreadable);
    });

    test('a name that is none of ours is refused before anything is asked', async () => {
      for (const integrationId of ['int_../../etc/passwd', 'int_', '../x', 'org_' + 'a'.repeat(26)]) {
        await expect(under.provider.create({ integrationId, epoch: 1 })).rejects.toThrow(RangeError);
      }
      await expect(under.provider.create(freshName(0))).rejects.toThrow(RangeError);
    });

    test('is destroyed when its waiting is over, and says so however often it is asked', async () => {
      const of = freshName();
      const sealed = await sealedTo(await under.provider.create(of), of.integrationId);
      const first = await under.provider.destroy(of, false);
      if (first.state === 'scheduled') {
        await under.provider.destroy(of, true);
        await under.endOfWaiting();
      }
      expect(await under.provider.destroy(of, true)).toEqual({ state: 'destroyed' });
      expect(await under.second.destroy(of, true)).toEqual({ state: 'destroyed' });
      await expect(opened(sealed)).rejects.toThrow(CredentialUnreadable);
    });

    test('says so where it cannot be reached, and quotes nothing', async () => {
      const of = freshName();
      const key = await under.provider.create(of);
      await under.fail();
      const unavailable = { code: 'UNAVAILABLE', reason: 'KEY_PROVIDER_UNAVAILABLE' };
      for (const ask of [
        () => under.provider.create(freshName()),
        () => under.provider.privateHalf(key),
        () => under.provider.destroy(of, false),
      ]) {
        const refusal = await ask().then(
          () => undefined,
          (error: unknown) => error as Error,
        );
        expect(refusal).toMatchObject(unavailable);
        const said = `${refusal?.stack} ${String((refusal?.cause as Error | undefined)?.stack)}`;
        expect(said).not.toMatch(/canary|SECRET|vault:v1/);
      }
    });
  });
};
