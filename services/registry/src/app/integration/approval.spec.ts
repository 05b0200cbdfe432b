import type { IntegrationId } from '@gatehouse/kernel';
import { integrationLetsMore } from '../../domain/integration/integration-lets-more';
import { RegistryInMemory } from '../../testing/registry-in-memory';

describe('an organization that wants a second admin', () => {
  let registry: RegistryInMemory;
  let id: IntegrationId;
  beforeEach(async () => {
    registry = new RegistryInMemory();
    id = (await registry.connect('connect')).integration.integrationId;
    registry.approvals.told.add(registry.organizationId);
  });
  const wanted = { code: 'REFUSED', reason: 'APPROVAL_REQUIRED' };

  test('gives no credential anew, and none is kept', async () => {
    await expect(registry.rotate('rotate', id, 'sk-2')).rejects.toMatchObject(wanted);
    expect([...registry.vault.rows.values()].map(({ sealed }) => sealed.credentialVersion)).toEqual([1]);
    // Once it wants it no more, the version is free.
    registry.approvals.told.clear();
    await registry.rotate('again', id, 'sk-3');
    expect(await registry.apiKeyOf(id, 2)).toBe('sk-3');
  });

  test('moves no host, with or without a credential', async () => {
    const customHost = 'https://api.openai.com/v2';
    await expect(registry.reconfigure('same', id, { customHost })).rejects.toMatchObject(wanted);
    const elsewhere = { customHost: 'https://eu.example.com/v1' };
    await expect(registry.reconfigure('other', id, elsewhere, { apiKey: 'sk-2' })).rejects.toMatchObject(
      wanted,
    );
    expect(await registry.eventTypes()).toEqual(['SlugReserved', 'IntegrationConnected']);
  });

  test('renames and deletes as before, and finds what it did before it wanted it', async () => {
    registry.approvals.told.clear();
    await registry.rotate('rotate', id, 'sk-2');
    registry.approvals.told.add(registry.organizationId);
    expect((await registry.rotate('rotate', id, 'sk-2')).integration.credentialVersion).toBe(2);
    await registry.rename('rename', id, 'Other');
    await registry.delete('delete', id);
  });

  test('is asked about whatever lets more, beside other things', () => {
    const about = { integrationId: id } as never;
    const renamed = { type: 'IntegrationRenamed', ...(about as object) } as never;
    const enabled = { type: 'IntegrationEnabled', ...(about as object) } as never;
    expect([[], [renamed], [renamed, enabled]].map(integrationLetsMore)).toEqual([false, false, true]);
  });
});
