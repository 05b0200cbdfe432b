import { deriveId, integrationId } from '@gatehouse/kernel';
import type { CredentialVault } from '../app/integration/integration.ports';
import type { IntegrationKeys } from '../app/vault/integration-keys.ports';
import { sealedExample } from './credential-vault.contract';

const id = (name: string) => integrationId(deriveId('int', name));
const named = (name: string, epoch = 1) => ({ integrationId: id(name), epoch });
const at = (second: number) => new Date(Date.UTC(2030, 0, 1, 0, 0, second));
const key = (keyId: string) => ({
  keyId,
  publicKey: Buffer.alloc(32, keyId.length),
  custody: Buffer.from(`custody of ${keyId}`),
});

/** What everything that remembers integrations' keys promises, beside the vault that it is asked with. */
export const integrationKeysContract = (
  name: string,
  factory: () => Promise<{ keys: IntegrationKeys; vault: CredentialVault }>,
): void => {
  describe(`integration keys: ${name}`, () => {
    let keys: IntegrationKeys;
    let vault: CredentialVault;
    beforeEach(async () => ({ keys, vault } = await factory()));

    const make = async (of: string, epoch: number, keyId: string, second = 0) => {
      await keys.ask(named(of, epoch), at(second));
      return keys.made(named(of, epoch), key(keyId));
    };
    const keep = async (of: string, keyId: string) => {
      await vault.keep(`sec_${of}`, { ...sealedExample(of, 1), keyId }, at(0));
      await vault.confirm({ secretId: `sec_${of}`, integrationId: id(of), credentialVersion: 1 });
    };

    test('gives back what it keeps, to the byte; the first answer stands', async () => {
      expect(await keys.use(id('a'), 1, at(0))).toBeUndefined();
      await keys.ask(named('a'), at(0));
      expect(await keys.use(id('a'), 1, at(0))).toBeUndefined();
      expect(await keys.made(named('a'), key('ik_a'))).toEqual(key('ik_a'));
      await keys.ask(named('a'), at(1));
      expect(await keys.made(named('a'), key('ik_other'))).toEqual(key('ik_a'));
      expect(await keys.use(id('a'), 1, at(0))).toEqual(key('ik_a'));
      expect(await keys.keyIdsOf(id('a'))).toEqual(['ik_a']);
    });

    test('the latest epoch counts, and one that is too early does not', async () => {
      await make('a', 2, 'ik_a2');
      await make('a', 1, 'ik_a1');
      expect(await keys.use(id('a'), 1, at(0))).toEqual(key('ik_a2'));
      expect(await keys.use(id('a'), 3, at(0))).toBeUndefined();
      expect(await keys.keyIdsOf(id('a'))).toEqual(expect.arrayContaining(['ik_a1', 'ik_a2']));
    });

    test('what is condemned is due, and nothing is sealed to it any more', async () => {
      await make('a', 1, 'ik_a1');
      await keys.ask(named('a', 2), at(0));
      await make('b', 1, 'ik_b');
      await keys.condemn(id('a'), at(5));
      await keys.condemn(id('a'), at(9));
      expect(await keys.use(id('a'), 1, at(0))).toBeUndefined();
      await expect(keys.ask(named('a'), at(6))).rejects.toMatchObject({
        reason: 'INTEGRATION_KEY_DESTROYED',
      });
      await expect(keys.made(named('a', 2), key('ik_a2'))).rejects.toMatchObject({
        reason: 'INTEGRATION_KEY_DESTROYED',
      });
      expect(await keys.due(at(4))).toEqual([]);
      const due = await keys.due(at(5));
      expect([...due].sort((x, y) => x.epoch - y.epoch)).toEqual([
        { ...named('a'), keyId: 'ik_a1', wasScheduled: false },
        // A late answer is known, so that it is destroyed by its name.
        { ...named('a', 2), keyId: 'ik_a2', wasScheduled: false },
      ]);
      expect(await keys.use(id('b'), 1, at(0))).toEqual(key('ik_b'));
    });

    test('what is due comes in order, behind what was looked at; that of one integration, whatever else is due', async () => {
      await make('b', 1, 'ik_b1');
      for (const epoch of [2, 1]) await make('a', epoch, `ik_a${epoch}`);
      await make('c', 1, 'ik_c1');
      for (const one of ['a', 'b', 'c']) await keys.condemn(id(one), at(5));
      const due = await keys.due(at(5));
      const ids = due.map(({ integrationId }) => integrationId);
      expect(ids).toEqual([id('a'), ...['a', 'b', 'c'].map(id)].sort());
      const epochs = due.filter(({ integrationId }) => integrationId === id('a')).map(({ epoch }) => epoch);
      expect(epochs).toEqual([1, 2]);
      for (const [index, name] of due.entries())
        expect(await keys.due(at(5), name)).toEqual(due.slice(index + 1));
      expect(await keys.dueOf(id('b'), at(5))).toEqual([
        { ...named('b'), keyId: 'ik_b1', wasScheduled: false },
      ]);
      expect(await keys.dueOf(id('b'), at(4))).toEqual([]);
    });

    test('what is scheduled is due again later, and what is destroyed never', async () => {
      await make('a', 1, 'ik_a');
      await keys.condemn(id('a'), at(0));
      await keys.scheduled(named('a'), at(7));
      expect(await keys.due(at(6))).toEqual([]);
      expect(await keys.due(at(7))).toEqual([{ ...named('a'), keyId: 'ik_a', wasScheduled: true }]);
      await keys.destroyed(named('a'));
      expect(await keys.due(at(9))).toEqual([]);
      expect(await keys.keyIdsOf(id('a'))).toEqual([]);
      await expect(keys.ask(named('a'), at(9))).rejects.toMatchObject({
        reason: 'INTEGRATION_KEY_DESTROYED',
      });
    });

    test('a superseded key is condemned when it wraps nothing any more, and its grace is over', async () => {
      await make('a', 1, 'ik_a1');
      await keep('a', 'ik_a1');
      await make('a', 2, 'ik_a2', 2);
      await make('b', 1, 'ik_b');
      await keys.condemnSuperseded(at(3));
      expect(await keys.due(at(9))).toEqual([]);
      const wrapped = { ...sealedExample('a', 1), keyId: 'ik_a2' };
      expect(await vault.rewrap('sec_a', 'ik_a1', wrapped)).toBe(true);
      await keys.condemnSuperseded(at(2));
      expect(await keys.due(at(9))).toEqual([]);
      await keys.condemnSuperseded(at(3));
      expect(await keys.due(at(9))).toEqual([{ ...named('a'), keyId: 'ik_a1', wasScheduled: false }]);
      expect(await keys.use(id('a'), 1, at(0))).toEqual(key('ik_a2'));
    });

    test('tells which integrations have a key and no credential', async () => {
      await make('a', 1, 'ik_a', 1);
      await make('b', 1, 'ik_b', 1);
      await keep('b', 'ik_b');
      await make('c', 1, 'ik_c', 2);
      await keys.ask(named('d'), at(1));
      const [first, second, ...more] = await keys.withoutCredential(at(2), undefined);
      expect([first, second, ...more]).toEqual([id('a'), id('d')].sort());
      expect(await keys.withoutCredential(at(2), first)).toEqual([second]);
      expect(await keys.withoutCredential(at(2), second)).toEqual([]);
    });

    test('condemns what nobody has used since, and nothing was sealed to by then', async () => {
      for (const one of ['a', 'b', 'c']) await make(one, 1, `ik_${one}`, 1);
      await keep('b', 'ik_b');
      expect(await keys.use(id('c'), 1, at(3))).toEqual(key('ik_c'));
      for (const one of ['a', 'b', 'c']) await keys.condemnUnused(id(one), at(2), at(4));
      const due = await keys.due(at(9));
      expect(due).toEqual([{ ...named('a'), keyId: 'ik_a', wasScheduled: false }]);
      expect(await keys.use(id('a'), 1, at(5))).toBeUndefined();
      expect(await keys.withoutCredential(at(3), undefined)).toEqual([]);
      expect(await keys.withoutCredential(at(4), undefined)).toEqual([id('c')]);
    });

    test('tells which confirmed rows are wrapped for no key of an epoch, page by page', async () => {
      const names = Array.from({ length: 52 }, (_, index) => `n${index}`);
      for (const one of names) await keep(one, 'vk_a');
      await make('current', 2, 'ik_current');
      await keep('current', 'ik_current');
      await vault.keep('sec_unconfirmed', { ...sealedExample('unconfirmed', 1), keyId: 'vk_a' }, at(0));
      const first = await keys.outdatedWraps(2, '');
      const rest = await keys.outdatedWraps(2, first.at(-1)?.sealed.integrationId ?? '');
      expect([first.length, rest.length]).toEqual([50, 2]);
      const found = [...first, ...rest].map(({ sealed: { integrationId: one } }) => one);
      expect(found).toEqual(names.map(id).sort());
      const ahead = await keys.outdatedWraps(3, '');
      expect(
        ahead.length + (await keys.outdatedWraps(3, ahead.at(-1)?.sealed.integrationId ?? '')).length,
      ).toBe(53);
    });
  });
};
