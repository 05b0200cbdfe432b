import { deriveId, integrationId, proposalId } from '@gatehouse/kernel';
import type { SealedCredential } from '@gatehouse/sealing';
import type { CredentialVault } from '../app/integration/integration.ports';

const id = (name: string) => integrationId(deriveId('int', name));
const at = (second: number) => new Date(Date.UTC(2030, 0, 1, 0, 0, second));
/** A row of the vault, of the integration that is named so. */
export const sealedExample = (name: string, credentialVersion: number, mark = 0): SealedCredential => ({
  format: 2,
  keyId: 'vk_a',
  keyCustody: Buffer.alloc(5, mark),
  origins: ['http://127.0.0.1:8000', 'https://a.example:443'],
  organizationId: deriveId('org', 'a'),
  integrationId: id(name),
  credentialVersion,
  fields: ['api_key', 'project'],
  encapsulatedKey: Buffer.alloc(32, mark),
  wrappedDataKey: Buffer.alloc(48, mark),
  nonce: Buffer.alloc(12, mark),
  ciphertext: Buffer.alloc(40, mark),
});

/** What every vault promises. */
export const credentialVaultContract = (name: string, factory: () => Promise<CredentialVault>): void => {
  describe(`credential vault: ${name}`, () => {
    let vault: CredentialVault;
    beforeEach(async () => {
      vault = await factory();
    });

    test('gives back what it keeps, to the byte', async () => {
      await vault.keep('sec_a', sealedExample('a', 1, 255), at(0));
      expect(await vault.find('sec_a')).toEqual(sealedExample('a', 1, 255));
      expect(await vault.find('sec_b')).toBeUndefined();
    });

    test('gives back what was sealed before there were origins', async () => {
      const first = { ...sealedExample('a', 1), format: 1, origins: [] };
      await vault.keep('sec_a', first, at(0));
      expect(await vault.find('sec_a')).toEqual(first);
    });

    test('never overwrites', async () => {
      await vault.keep('sec_a', sealedExample('a', 1, 1), at(0));
      await vault.keep('sec_a', sealedExample('a', 1, 2), at(1));
      expect(await vault.find('sec_a')).toEqual(sealedExample('a', 1, 1));
    });

    test('destroys one row, or all of an integration', async () => {
      await vault.keep('sec_a1', sealedExample('a', 1), at(0));
      await vault.keep('sec_a2', sealedExample('a', 2), at(0));
      await vault.keep('sec_a3', sealedExample('a', 3), at(0));
      await vault.keep('sec_b', sealedExample('b', 1), at(0));
      await vault.destroy('sec_a1');
      expect(await vault.find('sec_a1')).toBeUndefined();
      expect(await vault.find('sec_a2')).toBeDefined();
      await vault.destroyAll(id('a'));
      await vault.destroyAll(id('a'));
      expect(await vault.find('sec_a2')).toBeUndefined();
      expect(await vault.find('sec_a3')).toBeUndefined();
      expect(await vault.find('sec_b')).toBeDefined();
    });

    test('confirms a row and destroys what it supersedes, also twice', async () => {
      await vault.keep('sec_a1', sealedExample('a', 1), at(0));
      await vault.keep('sec_a2', sealedExample('a', 2), at(0));
      await vault.keep('sec_a2_lost', sealedExample('a', 2), at(0));
      await vault.keep('sec_a3', sealedExample('a', 3), at(0));
      await vault.keep('sec_b', sealedExample('b', 1), at(0));
      const confirmed = { secretId: 'sec_a2', integrationId: id('a'), credentialVersion: 2 };
      await vault.confirm(confirmed);
      await vault.confirm(confirmed);
      const found = ['sec_a1', 'sec_a2', 'sec_a2_lost', 'sec_a3', 'sec_b'].map((secretId) =>
        vault.find(secretId),
      );
      expect((await Promise.all(found)).map((row) => row !== undefined)).toEqual([
        false,
        true,
        false,
        true,
        true,
      ]);
      const unconfirmed = await vault.unconfirmedBefore(at(9));
      expect(unconfirmed.map(({ secretId }) => secretId).sort()).toEqual(['sec_a3', 'sec_b']);
    });

    test('replaces a wrap and nothing else, where it is the one that was meant', async () => {
      await vault.keep('sec_a', sealedExample('a', 1), at(0));
      const wrapped = {
        keyId: 'vk_b',
        keyCustody: Buffer.alloc(3, 7),
        encapsulatedKey: Buffer.alloc(32, 7),
        wrappedDataKey: Buffer.alloc(48, 7),
      };
      expect(await vault.rewrap('sec_a', 'vk_z', wrapped)).toBe(false);
      expect(await vault.rewrap('sec_b', 'vk_a', wrapped)).toBe(false);
      expect(await vault.find('sec_a')).toEqual(sealedExample('a', 1));
      expect(await vault.rewrap('sec_a', 'vk_a', wrapped)).toBe(true);
      expect(await vault.rewrap('sec_a', 'vk_a', wrapped)).toBe(false);
      expect(await vault.find('sec_a')).toEqual({ ...sealedExample('a', 1), ...wrapped });
    });

    describe('of what somebody else is to approve', () => {
      const proposal = proposalId(deriveId('prp', 'a'));
      const awaited = { until: at(9), proposalId: proposal };

      test('tells what waits, and for what', async () => {
        await vault.keep('sec_a', sealedExample('a', 2), at(0), at(5));
        await vault.keep('sec_b', sealedExample('b', 2), at(0));
        expect(await vault.awaitingApproval()).toEqual([
          { secretId: 'sec_a', until: at(5), proposalId: undefined },
        ]);
        await vault.awaitApproval('sec_a', awaited);
        // Kept again on its way to the same proposal, it waits as long.
        await vault.keep('sec_a', sealedExample('a', 2), at(1), at(6));
        expect(await vault.awaitingApproval()).toEqual([{ secretId: 'sec_a', ...awaited }]);
        expect((await vault.unconfirmedBefore(at(9))).map(({ secretId }) => secretId)).toEqual(['sec_b']);
      });

      test('lets nothing wait any more that was taken, confirmed, or kept because it need not', async () => {
        for (const name of ['taken', 'confirmed', 'kept'])
          await vault.keep(name, sealedExample(name, 2), at(0), at(5));
        expect(await vault.take('taken')).toBe(true);
        await vault.confirm({ secretId: 'confirmed', integrationId: id('confirmed'), credentialVersion: 2 });
        await vault.keep('kept', sealedExample('kept', 2), at(1));
        expect(await vault.awaitingApproval()).toEqual([]);
        for (const name of ['taken', 'confirmed']) {
          await vault.awaitApproval(name, awaited);
          await vault.destroyUnapproved(name);
          expect(await vault.find(name)).toBeDefined();
        }
        expect(await vault.awaitingApproval()).toEqual([]);
      });

      test('destroys what was not approved, which nobody can take then', async () => {
        await vault.keep('sec_a', sealedExample('a', 2), at(0), at(5));
        await vault.destroyUnapproved('sec_a');
        expect(await vault.find('sec_a')).toBeUndefined();
        expect(await vault.take('sec_a')).toBe(false);
      });
    });

    test('tells what is unconfirmed since before a time, oldest first', async () => {
      await vault.keep('sec_b', sealedExample('b', 1), at(2));
      await vault.keep('sec_a', sealedExample('a', 4), at(1));
      await vault.keep('sec_c', sealedExample('c', 1), at(3));
      expect(await vault.unconfirmedBefore(at(3))).toEqual([
        { secretId: 'sec_a', integrationId: id('a'), credentialVersion: 4, sealedAt: at(1) },
        { secretId: 'sec_b', integrationId: id('b'), credentialVersion: 1, sealedAt: at(2) },
      ]);
    });

    test('goes on behind one, also among those of one time', async () => {
      for (const name of ['c', 'a', 'b']) await vault.keep(`sec_${name}`, sealedExample(name, 1), at(1));
      const [first] = await vault.unconfirmedBefore(at(9));
      const behind = await vault.unconfirmedBefore(at(9), first);
      expect([first, ...behind].map((secret) => secret?.secretId)).toEqual(['sec_a', 'sec_b', 'sec_c']);
      for (const name of ['f', 'd', 'e'])
        await vault.keep(`sec_${name}`, sealedExample(name, 1), at(1), at(5));
      const [soonest] = await vault.awaitingApproval();
      const later = await vault.awaitingApproval(soonest);
      expect([soonest, ...later].map((secret) => secret?.secretId)).toEqual(['sec_d', 'sec_e', 'sec_f']);
    });
  });
};
