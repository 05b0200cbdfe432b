import { AppError, deriveId, type IntegrationId, integrationId, provisionId } from '@gatehouse/kernel';
import { GRACE_MS, RegistryInMemory } from '../../testing/registry-in-memory';

let registry: RegistryInMemory;
beforeEach(() => {
  registry = new RegistryInMemory();
});

const idOf = (requestId: string) =>
  integrationId(registry.ids.derive('int', registry.organizationId, requestId));
const failing = async (): Promise<never> => {
  throw new AppError('UNAVAILABLE', 'CRASHED');
};

describe('connecting', () => {
  test('leaves one row, one slug, one integration', async () => {
    const { integration } = await registry.connect('r1');
    await registry.tidy();
    expect(await registry.eventTypes()).toEqual(['SlugReserved', 'IntegrationConnected']);
    expect(integration).toMatchObject({ status: 'connected', credentialVersion: 1, revision: 0n });
    expect(await registry.apiKeyOf(integration.integrationId, 1)).toBe('sk-1');
  });

  test('repeated, finds what the first call made and changes nothing', async () => {
    const first = await registry.connect('r1');
    const again = await registry.connect('r1', { slug: 'other', apiKey: 'sk-2' });
    expect(again).toEqual(first);
    expect(await registry.eventTypes()).toHaveLength(2);
    expect(registry.vault.rows.size).toBe(1);
  });

  test('and rotating, repeated once the provider is known no more, find what the first calls made', async () => {
    const first = await registry.connect('r1');
    const { integrationId } = first.integration;
    await registry.rotate('r2', integrationId, 'sk-2');
    jest.spyOn(registry.catalog, 'find').mockReturnValue(undefined);
    expect(await registry.connect('r1')).toMatchObject({ position: first.position });
    expect((await registry.rotate('r2', integrationId, 'sk-2')).integration.credentialVersion).toBe(2);
    await expect(registry.rotate('r3', integrationId, 'sk-3')).rejects.toMatchObject({
      reason: 'PROVIDER_UNKNOWN',
    });
  });

  test('five times at once makes one', async () => {
    const answers = await Promise.all(Array.from({ length: 5 }, () => registry.connect('r1')));
    expect(new Set(answers.map(({ position }) => position)).size).toBe(1);
    await registry.tidy();
    expect(await registry.eventTypes()).toEqual(['SlugReserved', 'IntegrationConnected']);
    expect(registry.vault.rows.size).toBe(1);
  });

  test('seals the credential for the host alone', async () => {
    const { integration } = await registry.connect('r1');
    const sealed = await registry.sealedOf(integration.integrationId, 1);
    expect(sealed).toMatchObject({ format: 2, origins: ['https://api.openai.com:443'] });
  });

  test('has a history that is read in parts, and held without what its events say', async () => {
    const { integration } = await registry.connect('r1');
    await registry.rotate('r2', integration.integrationId, 'sk-2');
    const read = jest.spyOn(registry.store, 'read');
    const { recorded, view } = await registry.integrations.history(integration.integrationId);
    expect(view).toMatchObject({ credentialVersion: 2, revision: 1n });
    expect(recorded.map((one) => [one.type, Object.hasOwn(one, 'data')])).toEqual([
      ['IntegrationConnected', false],
      ['CredentialRotated', false],
    ]);
    expect(read.mock.calls.map(([, options]) => options)).toEqual([
      { from: 0n, limit: expect.any(Number) as number },
    ]);
  });

  test('with a slug that is taken changes nothing', async () => {
    await registry.connect('r1');
    await expect(registry.connect('r2')).rejects.toMatchObject({ code: 'CONFLICT', reason: 'SLUG_TAKEN' });
    expect(await registry.eventTypes()).toHaveLength(2);
    expect(registry.vault.rows.size).toBe(1);
  });

  test('under the request id of another command is refused', async () => {
    const { integration } = await registry.connect('r1');
    const reused = registry.rotate('r1', integration.integrationId, 'sk-2');
    await expect(reused).rejects.toMatchObject({ reason: 'REQUEST_ID_REUSED' });
  });
});

describe('a connection that stops half way', () => {
  const stopAtVault = async (requestId: string, slug: string) => {
    const keep = jest.spyOn(registry.vault, 'keep').mockImplementationOnce(failing);
    await expect(registry.connect(requestId, { slug })).rejects.toMatchObject({ reason: 'CRASHED' });
    keep.mockRestore();
  };
  const stopAtRecord = async (requestId: string) => {
    const write = registry.store.append.bind(registry.store);
    const append = jest
      .spyOn(registry.store, 'append')
      .mockImplementation((stream, ...rest) =>
        stream.startsWith('integration-') ? failing() : write(stream, ...rest),
      );
    await expect(registry.connect(requestId)).rejects.toMatchObject({ reason: 'CRASHED' });
    append.mockRestore();
  };

  test('is finished by a retry within the grace', async () => {
    await stopAtRecord('r1');
    await registry.tidy();
    const { integration } = await registry.connect('r1');
    registry.clock.advance(GRACE_MS * 2);
    await registry.tidy();
    expect(await registry.eventTypes()).toEqual(['SlugReserved', 'IntegrationConnected']);
    expect(await registry.apiKeyOf(integration.integrationId, 1)).toBe('sk-1');
  });

  test.each(['vault', 'record'])(
    'before its %s is given up after the grace, and leaves nothing',
    async (step) => {
      await (step === 'vault' ? stopAtVault('r1', 'openai') : stopAtRecord('r1'));
      registry.clock.advance(GRACE_MS);
      await registry.tidy();
      expect(await registry.eventTypes()).toEqual(['SlugReserved']);
      registry.clock.advance(1);
      await registry.tidy();
      await registry.tidy();
      const given = ['SlugReserved', 'IntegrationConnectAbandoned', 'SlugReleased'];
      expect(await registry.eventTypes()).toEqual(given);
      expect(registry.vault.rows.size).toBe(0);
      await expect(registry.connect('r1')).rejects.toMatchObject({ reason: 'CONNECT_ABANDONED' });
      expect(await registry.eventTypes()).toEqual(given);
      await registry.connect('r2');
    },
  );

  test('loses when it comes back too late, and its credential is destroyed', async () => {
    const keep = registry.vault.keep.bind(registry.vault);
    jest.spyOn(registry.vault, 'keep').mockImplementationOnce(async (...args) => {
      registry.clock.advance(GRACE_MS + 1);
      await registry.tidy();
      await registry.connect('r2', { apiKey: 'sk-2' });
      await keep(...args);
    });
    await expect(registry.connect('r1')).rejects.toMatchObject({ reason: 'CONNECT_ABANDONED' });
    registry.clock.advance(GRACE_MS + 1);
    await registry.tidy();
    expect(registry.vault.rows.size).toBe(1);
    expect(await registry.apiKeyOf(idOf('r2'), 1)).toBe('sk-2');
    await expect(registry.connect('r3')).rejects.toMatchObject({ reason: 'SLUG_TAKEN' });
  });

  test('before its slug is finished by a retry, although unused keys are swept up in that moment', async () => {
    const append = jest.spyOn(registry.store, 'append').mockImplementationOnce(failing);
    await expect(registry.connect('r1')).rejects.toMatchObject({ reason: 'CRASHED' });
    append.mockRestore();
    registry.clock.advance(GRACE_MS + 1);
    const keep = registry.vault.keep.bind(registry.vault);
    jest.spyOn(registry.vault, 'keep').mockImplementationOnce(async (...args) => {
      await registry.tidy();
      await keep(...args);
    });
    const { integration } = await registry.connect('r1');
    await registry.tidy();
    expect(await registry.apiKeyOf(integration.integrationId, 1)).toBe('sk-1');
  });

  test('keeps a key that it uses again between the look for unused ones and their end', async () => {
    const append = jest.spyOn(registry.store, 'append').mockImplementationOnce(failing);
    await expect(registry.connect('r1')).rejects.toMatchObject({ reason: 'CRASHED' });
    append.mockRestore();
    registry.clock.advance(GRACE_MS + 1);
    const { keys } = registry;
    const without = keys.withoutCredential.bind(keys);
    jest.spyOn(keys, 'withoutCredential').mockImplementationOnce(async (...args) => {
      const found = await without(...args);
      // It is connecting again, and not connected yet.
      await keys.use(idOf('r1'), 1, registry.clock.now());
      return found;
    });
    await registry.tidy();
    expect(registry.custody.keys.pairs.size).toBe(1);
    registry.clock.advance(GRACE_MS + 1);
    await registry.tidy();
    expect(registry.custody.keys.pairs.size).toBe(0);
    await expect(registry.connect('r1')).rejects.toMatchObject({ reason: 'INTEGRATION_KEY_DESTROYED' });
    expect(await registry.eventTypes()).toEqual([]);
  });

  test('is given up although another cannot be yet', async () => {
    await stopAtRecord('r1');
    const write = registry.store.append.bind(registry.store);
    const append = jest.spyOn(registry.store, 'append').mockImplementation((stream, ...rest) => {
      return stream.startsWith('integration-') ? failing() : write(stream, ...rest);
    });
    await expect(registry.connect('r2', { slug: 'other' })).rejects.toMatchObject({ reason: 'CRASHED' });
    append.mockImplementation((stream, ...rest) => {
      return stream.endsWith(idOf('r1')) ? failing() : write(stream, ...rest);
    });
    registry.clock.advance(GRACE_MS + 1);
    await registry.tidy();
    append.mockRestore();
    await registry.connect('r3', { slug: 'other' });
    await expect(registry.connect('r4')).rejects.toMatchObject({ reason: 'SLUG_TAKEN' });
    await registry.tidy();
    await registry.connect('r5');
  });

  test('and is retried under another slug frees the first', async () => {
    await stopAtVault('r1', 'first');
    await registry.connect('r1', { slug: 'second' });
    registry.clock.advance(GRACE_MS + 1);
    await registry.tidy();
    expect(await registry.apiKeyOf(idOf('r1'), 1)).toBe('sk-1');
    await registry.connect('r2', { slug: 'first' });
    await expect(registry.connect('r3', { slug: 'second' })).rejects.toMatchObject({ reason: 'SLUG_TAKEN' });
  });

  test('and is retried with another credential keeps the one it recorded', async () => {
    await stopAtRecord('r1');
    await registry.connect('r1', { apiKey: 'sk-other' });
    expect(await registry.apiKeyOf(idOf('r1'), 1)).toBe('sk-other');
    await registry.tidy();
    expect(await registry.apiKeyOf(idOf('r1'), 1)).toBe('sk-other');
    expect(registry.vault.rows.size).toBe(1);
  });
});

describe('rotating', () => {
  test('makes the new credential the only one', async () => {
    const { integration } = await registry.connect('r1');
    const id = integration.integrationId;
    const answer = await registry.rotate('r2', id, 'sk-2');
    expect(answer.integration).toMatchObject({ credentialVersion: 2, revision: 1n });
    expect(answer.integration.credentialFingerprint).not.toBe(integration.credentialFingerprint);
    expect(await registry.apiKeyOf(id, 2)).toBe('sk-2');
    await expect(registry.apiKeyOf(id, 1)).rejects.toMatchObject({ reason: 'CREDENTIAL_UNKNOWN' });
    expect(registry.vault.rows.size).toBe(2);
    await registry.follow();
    expect(registry.vault.rows.size).toBe(1);
    expect(await registry.apiKeyOf(id, 2)).toBe('sk-2');
  });

  test('seals for the host that the integration was connected to', async () => {
    const { integration } = await registry.connect('r1', {
      provider: 'self-hosted',
      customHost: 'https://llm.example.com:8443/v1',
    });
    await registry.rotate('r2', integration.integrationId, 'sk-2');
    const sealed = await registry.sealedOf(integration.integrationId, 2);
    expect(sealed.origins).toEqual(['https://llm.example.com:8443']);
  });

  test('repeated, answers as the first and changes nothing', async () => {
    const { integration } = await registry.connect('r1');
    const first = await registry.rotate('r2', integration.integrationId, 'sk-2');
    expect(await registry.rotate('r2', integration.integrationId, 'sk-3')).toEqual(first);
    expect(await registry.apiKeyOf(integration.integrationId, 2)).toBe('sk-2');
  });

  test('four at once end in an order, each with its own seal', async () => {
    const { integration } = await registry.connect('r1');
    const id = integration.integrationId;
    const rotations = ['a', 'b', 'c', 'd'].map((name) => registry.rotate(name, id, `sk-${name}`));
    const answers = await Promise.all(rotations);
    const versions = (await registry.store.read(`integration-${id}`)).slice(1);
    const last = versions.at(-1)?.metadata.requestId;
    expect(versions.map(({ data }) => data['credentialVersion'])).toEqual([2, 3, 4, 5]);
    expect(answers).toHaveLength(4);
    expect(await registry.apiKeyOf(id, 5)).toBe(`sk-${last}`);
    await registry.follow();
    registry.clock.advance(GRACE_MS * 2);
    await registry.tidy();
    expect(registry.vault.rows.size).toBe(1);
    expect(await registry.apiKeyOf(id, 5)).toBe(`sk-${last}`);
  });

  test('is refused at another revision than expected, before anything is sealed', async () => {
    const { integration } = await registry.connect('r1');
    const mismatch = registry.rotate('r2', integration.integrationId, 'sk-2', 3n as never);
    await expect(mismatch).rejects.toMatchObject({ reason: 'REVISION_MISMATCH', metadata: { actual: '0' } });
    expect(registry.vault.rows.size).toBe(1);
  });

  test('that stops half way leaves the old credential, and no rest once another was made', async () => {
    const { integration } = await registry.connect('r1');
    const id = integration.integrationId;
    const append = jest.spyOn(registry.store, 'append').mockImplementationOnce(failing);
    await expect(registry.rotate('r2', id, 'sk-2')).rejects.toMatchObject({ reason: 'CRASHED' });
    append.mockRestore();
    registry.clock.advance(GRACE_MS * 2);
    await registry.tidy();
    expect(await registry.apiKeyOf(id, 1)).toBe('sk-1');
    await registry.rotate('r3', id, 'sk-3');
    await registry.tidy();
    expect(await registry.apiKeyOf(id, 2)).toBe('sk-3');
    expect(registry.vault.rows.size).toBe(1);
  });
});

describe('deleting', () => {
  test('destroys the data key and frees the slug', async () => {
    const { integration } = await registry.connect('r1');
    await registry.delete('r2', integration.integrationId);
    expect(registry.vault.rows.size).toBe(0);
    await expect(registry.apiKeyOf(integration.integrationId, 1)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await registry.connect('r3');
    await registry.tidy();
    expect(await registry.eventTypes()).toEqual([
      'SlugReserved',
      'IntegrationConnected',
      'IntegrationDeleted',
      'SlugReleased',
      'IntegrationKeyDestroyed',
      'SlugReserved',
      'IntegrationConnected',
    ]);
  });

  describe('what workspaces have', () => {
    beforeEach(() => {
      registry.provisions.told = { provisionIds: [provisionId(deriveId('prv', 'one'))], apiKeys: 2 };
      registry.calls.told = 7n;
    });

    test('is refused with what depends on it, and changes nothing', async () => {
      const { integration } = await registry.connect('r1');
      await expect(registry.delete('r2', integration.integrationId)).rejects.toMatchObject({
        code: 'REFUSED',
        reason: 'INTEGRATION_IN_USE',
        metadata: { workspaces: '1', api_keys: '2', calls_last_7_days: '7' },
      });
      // The clock stands at midnight of the first of January.
      expect(registry.calls.asked).toEqual(['2029-12-26']);
      await registry.tidy();
      expect(await registry.apiKeyOf(integration.integrationId, 1)).toBe('sk-1');
      expect(await registry.eventTypes()).toHaveLength(2);
    });

    test('is done where it is forced, and nobody is asked', async () => {
      const { integration } = await registry.connect('r1');
      await registry.delete('r2', integration.integrationId, true);
      expect(await registry.eventTypes()).toContain('IntegrationDeleted');
      expect(registry.calls.asked).toEqual([]);
    });

    test('repeated after it was forced, answers as the first', async () => {
      const { integration } = await registry.connect('r1');
      const position = await registry.delete('r2', integration.integrationId, true);
      expect(await registry.delete('r2', integration.integrationId, true)).toBe(position);
      await registry.delete('r3', integration.integrationId);
    });
  });

  test('is completed by the cleanup where the call itself could not', async () => {
    const { integration } = await registry.connect('r1');
    const destroy = jest.spyOn(registry.vault, 'destroyAll').mockImplementation(failing);
    await registry.delete('r2', integration.integrationId);
    await expect(registry.apiKeyOf(integration.integrationId, 1)).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
    await expect(registry.follow()).rejects.toMatchObject({ reason: 'CRASHED' });
    destroy.mockRestore();
    await registry.follow();
    expect(registry.vault.rows.size).toBe(0);
    await registry.connect('r3');
  });

  describe('destroys the key', () => {
    const statusOf = async (id: IntegrationId) => (await registry.viewOf(id))?.status;

    test('without which nothing opens what was sealed, and says so', async () => {
      const { integration } = await registry.connect('r1');
      const sealed = await registry.sealedOf(integration.integrationId, 1);
      expect(await registry.opened(sealed)).toEqual({ api_key: 'sk-1' });
      await registry.delete('r2', integration.integrationId);
      await expect(registry.opened(sealed)).rejects.toThrow('does not open');
      expect(registry.custody.keys.pairs.size).toBe(0);
      expect(await statusOf(integration.integrationId)).toBe('deleted');
    });

    test('for ever again where whoever holds it is away, and is deleting until then', async () => {
      const { integration } = await registry.connect('r1');
      const id = integration.integrationId;
      const sealed = await registry.sealedOf(id, 1);
      const destroy = jest.spyOn(registry.custody, 'destroy').mockImplementation(failing);
      await registry.delete('r2', id);
      for (let round = 0; round < 3; round++) await registry.tidy();
      expect(await statusOf(id)).toBe('deleting');
      expect(registry.log.lines.join()).toContain('a key is not destroyed yet');
      // The slug is free meanwhile, and the credential is not given to anybody.
      await registry.connect('r3');
      await expect(registry.sealedOf(id, 1)).rejects.toMatchObject({ reason: 'CREDENTIAL_UNKNOWN' });
      expect(destroy.mock.calls.length).toBeGreaterThan(3);
      destroy.mockRestore();
      await registry.tidy();
      expect(await statusOf(id)).toBe('deleted');
      await expect(registry.opened(sealed)).rejects.toThrow('does not open');
      expect((await registry.eventTypes()).filter((type) => type === 'IntegrationKeyDestroyed')).toHaveLength(
        1,
      );
    });

    test('whatever else there is to be destroyed, and cannot be', async () => {
      const { integration } = await registry.connect('r1');
      const id = integration.integrationId;
      const { keys, custody, clock } = registry;
      for (let other = 0; other < 501; other++) {
        const name = { integrationId: integrationId(`int_${String(other).padStart(26, '0')}`), epoch: 1 };
        await keys.ask(name, clock.now());
        await keys.made(name, {
          keyId: `ik_${other}`,
          publicKey: Buffer.alloc(32),
          custody: Buffer.alloc(1),
        });
        await keys.condemn(name.integrationId, clock.now());
      }
      const destroys = custody.destroy.bind(custody);
      const isAway = jest.spyOn(custody, 'destroy').mockImplementation(failing);
      await registry.delete('r2', id);
      expect(await statusOf(id)).toBe('deleting');
      isAway.mockImplementation((name, keyId, wasScheduled) =>
        name.integrationId === id ? destroys(name, keyId, wasScheduled) : failing(),
      );
      await registry.tidy();
      expect(await statusOf(id)).toBe('deleted');
    });

    test('when its waiting time is over, where its provider has one', async () => {
      const { integration } = await registry.connect('r1');
      const id = integration.integrationId;
      const sealed = await registry.sealedOf(id, 1);
      const until = new Date(registry.clock.now().getTime() + 30 * 86_400_000);
      const destroy = jest.spyOn(registry.custody, 'destroy').mockImplementation(async (name, keyId) => {
        await registry.custody.keys.destroy(name, false);
        expect(keyId).toBe(sealed.keyId);
        return { state: 'scheduled', until };
      });
      await registry.delete('r2', id);
      await registry.tidy();
      expect(await registry.viewOf(id)).toMatchObject({ status: 'deleting', keyDestroyedBy: until });
      await expect(registry.opened(sealed)).rejects.toThrow('does not open');
      expect(destroy).toHaveBeenCalledTimes(1);
      registry.clock.advance(30 * 86_400_000);
      await registry.tidy();
      // The provider takes longer than it said: it is asked again, not at once.
      expect(destroy).toHaveBeenCalledTimes(3);
      expect(destroy.mock.calls.map(([, , wasScheduled]) => wasScheduled)).toEqual([false, true, true]);
      await registry.tidy();
      expect(destroy).toHaveBeenCalledTimes(3);
      destroy.mockRestore();
      registry.clock.advance(3_600_000);
      await registry.tidy();
      expect(await registry.viewOf(id)).toMatchObject({ status: 'deleted', keyDestroyedBy: undefined });
    });

    test('is not believed where whoever is asked has no trace of it', async () => {
      const { integration } = await registry.connect('r1');
      registry.custody.keys.pairs.clear();
      await registry.delete('r2', integration.integrationId);
      await registry.tidy();
      expect(await statusOf(integration.integrationId)).toBe('deleting');
    });

    test('of a connection that was refused or given up too', async () => {
      jest.spyOn(registry.vault, 'keep').mockImplementationOnce(failing);
      await expect(registry.connect('r1')).rejects.toMatchObject({ reason: 'CRASHED' });
      expect(registry.custody.keys.pairs.size).toBe(1);
      registry.clock.advance(GRACE_MS + 1);
      await registry.tidy();
      await registry.tidy();
      expect(registry.custody.keys.pairs.size).toBe(0);
    });

    test('of an earlier epoch, once nothing is wrapped to it any more', async () => {
      const { integration } = await registry.connect('r1');
      const id = integration.integrationId;
      registry.epoch = 2;
      await registry.rotate('r2', id, 'sk-2');
      registry.clock.advance(GRACE_MS + 1);
      expect(registry.custody.keys.pairs.size).toBe(2);
      await registry.tidy();
      await registry.tidy();
      expect([...registry.custody.keys.pairs.keys()]).toEqual([`${id}.2`]);
      expect(await registry.apiKeyOf(id, 2)).toBe('sk-2');
      expect(await registry.eventTypes()).not.toContain('IntegrationKeyDestroyed');
    });
  });

  test('nothing is connected, and nothing left, where no key can be had', async () => {
    registry.custody.keys.failing = true;
    await expect(registry.connect('r1')).rejects.toMatchObject({ code: 'UNAVAILABLE' });
    expect(await registry.eventTypes()).toEqual([]);
    registry.custody.keys.failing = false;
    await registry.connect('r1');
  });

  test('who is refused a slug has no key made', async () => {
    await registry.connect('r1');
    await expect(registry.connect('r2')).rejects.toMatchObject({ reason: 'SLUG_TAKEN' });
    expect(registry.custody.keys.pairs.size).toBe(1);
  });

  test('twice records it once', async () => {
    const { integration } = await registry.connect('r1');
    const position = await registry.delete('r2', integration.integrationId);
    await registry.delete('r3', integration.integrationId);
    expect(await registry.delete('r2', integration.integrationId)).toBe(position);
    expect((await registry.eventTypes()).filter((type) => type === 'IntegrationDeleted')).toHaveLength(1);
    await expect(registry.rotate('r4', integration.integrationId, 'sk-2')).rejects.toMatchObject({
      reason: 'INTEGRATION_DELETED',
    });
  });
});

test('no credential is in any event or log line', async () => {
  const canary = 'sk-canary-7d1f';
  const { integration } = await registry.connect('r1', { apiKey: canary });
  await registry.rotate('r2', integration.integrationId, `${canary}-2`);
  await registry.delete('r3', integration.integrationId);
  await registry.tidy();
  const { events } = await registry.store.readAll({ after: 0n as never, limit: 100 });
  const written = JSON.stringify(events, (_key, value: unknown) =>
    typeof value === 'bigint' ? `${value}` : value,
  );
  expect(written + registry.log.lines.join()).not.toContain('canary');
});
