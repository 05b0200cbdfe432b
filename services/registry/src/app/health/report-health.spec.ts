import type { IntegrationId } from '@gatehouse/kernel';
import { RegistryInMemory } from '../../testing/registry-in-memory';

let registry: RegistryInMemory;
let id: IntegrationId;
beforeEach(async () => {
  registry = new RegistryInMemory();
  id = (await registry.connect('r1')).integration.integrationId;
});

const at = (second: number): Date => new Date(Date.UTC(2030, 0, 1, 0, 0, second));
const report = (times: { ok?: number; refused?: number; limited?: number }, credentialVersion = 1) =>
  registry.reportHealth({
    integrationId: id,
    credentialVersion,
    lastSuccessAt: times.ok === undefined ? undefined : at(times.ok),
    lastUnauthorizedAt: times.refused === undefined ? undefined : at(times.refused),
    lastForbiddenAt: undefined,
    lastRateLimitedAt: times.limited === undefined ? undefined : at(times.limited),
  });
const told = async () => (await registry.eventTypes()).filter((type) => type.startsWith('Credential'));

describe('what gateways tell of a credential', () => {
  test('records that it begins to be rejected, and that it works again, each once', async () => {
    await report({ ok: 0 });
    await report({ refused: 20 });
    await report({ refused: 25 });
    expect(await told()).toEqual(['CredentialRejected']);
    await report({ ok: 40 });
    await report({ ok: 45 });
    expect(await told()).toEqual(['CredentialRejected', 'CredentialAccepted']);
  });

  test('does not flap with a provider that refuses now and then, whoever tells it', async () => {
    for (let second = 0; second < 60; second += 2) {
      await report({ ok: second });
      await report({ refused: second + 1 });
    }
    expect(await told()).toEqual([]);
  });

  test('is not undone by a gateway that is late', async () => {
    await report({ refused: 30 });
    await report({ ok: 29 });
    expect(await told()).toEqual(['CredentialRejected']);
    expect(await registry.healths.find(id)).toMatchObject({
      lastSuccessAt: at(29),
      lastUnauthorizedAt: at(30),
    });
  });

  test('says nothing of a version that is past', async () => {
    await registry.rotate('r2', id, 'sk-2');
    await report({ refused: 30 }, 1);
    expect(await told()).toEqual(['CredentialRotated']);
    expect(await registry.healths.find(id)).toBeUndefined();
    await report({ refused: 30 }, 2);
    await registry.rotate('r3', id, 'sk-3');
    await report({ ok: 90 }, 3);
    expect(await told()).toEqual(['CredentialRotated', 'CredentialRejected', 'CredentialRotated']);
  });

  test('of limits is kept, and no judgement', async () => {
    await report({ limited: 5 });
    expect(await registry.healths.find(id)).toMatchObject({ lastRateLimitedAt: at(5) });
    expect(await told()).toEqual([]);
  });
});
