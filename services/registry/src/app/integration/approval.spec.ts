import { ApprovalRequired } from '@gatehouse/approval';
import { deriveId, type IntegrationId, proposalId } from '@gatehouse/kernel';
import type { IntegrationCommand } from '../../domain/integration/integration.decider';
import { integrationLetsMore } from '../../domain/integration/integration-lets-more';
import { GRACE_MS, RegistryInMemory } from '../../testing/registry-in-memory';
import { CredentialApprovalRequired } from './proposed-credential';

const DAY_MS = 24 * 3_600_000;

describe('an organization that wants a second admin', () => {
  let registry: RegistryInMemory;
  let id: IntegrationId;
  beforeEach(async () => {
    registry = new RegistryInMemory();
    id = (await registry.connect('connect')).integration.integrationId;
    registry.approvals.told.add(registry.organizationId);
  });
  const wanted = { code: 'REFUSED', reason: 'APPROVAL_REQUIRED' };
  const stale = { code: 'CONFLICT', reason: 'REVISION_MISMATCH' };
  const gone = { code: 'REFUSED', reason: 'CREDENTIAL_GONE' };

  const versions = () =>
    [...registry.vault.rows.values()].map(({ sealed }) => sealed.credentialVersion).sort();
  const standing = (name: string, status: 'open' | 'approved' | 'rejected' | 'carried_out' = 'open') => ({
    proposalId: proposalId(deriveId('prp', name)),
    status,
    expiresAt: new Date(registry.clock.now().getTime() + 7 * DAY_MS),
  });
  const refusalOf = async (attempt: Promise<unknown>): Promise<CredentialApprovalRequired> => {
    const error: unknown = await attempt.then(
      () => 'it was done',
      (refused: unknown) => refused,
    );
    if (!(error instanceof CredentialApprovalRequired)) throw error;
    return error;
  };
  /** A rotation, as it waits for somebody. */
  const proposed = async (requestId: string, apiKey: string) => {
    const refusal = await refusalOf(registry.rotate(requestId, id, apiKey));
    await registry.propose(refusal, standing(requestId));
    return refusal;
  };

  test('has a credential sealed that is given anew, and goes on with the one it has', async () => {
    const refusal = await proposed('rotate', 'sk-2');
    expect(refusal).toMatchObject({
      ...wanted,
      judged: { name: `integration-${id}`, revision: 0n },
      credential: { version: 2, origins: ['https://api.openai.com:443'], headerNames: [] },
    });
    expect(refusal.credential.fingerprint).toMatch(/^[0-9a-f]{16}$/);
    expect(JSON.stringify([...registry.vault.rows.values()])).not.toContain('sk-2');
    expect(await registry.apiKeyOf(id, 1)).toBe('sk-1');
    await expect(registry.apiKeyOf(id, 2)).rejects.toThrow();
  });

  test('makes it the current one once it is approved, and only once', async () => {
    const refusal = await proposed('rotate', 'sk-2');
    await registry.carryOutRotation('rotate', id, refusal);
    await registry.carryOutRotation('rotate', id, refusal);
    expect(await registry.apiKeyOf(id, 2)).toBe('sk-2');
    // The request itself is answered as if nobody had had to approve it.
    expect((await registry.rotate('rotate', id, 'sk-2')).integration.credentialVersion).toBe(2);
    registry.ended.told.add(standing('rotate').proposalId);
    registry.clock.advance(8 * DAY_MS);
    await registry.tidy();
    expect(versions()).toEqual([2]);
    const { recorded } = await registry.integrations.history(id);
    expect(recorded.map(({ type }) => type)).toEqual(['IntegrationConnected', 'CredentialRotated']);
    expect(recorded.at(-1)?.metadata).toMatchObject({ requestId: 'rotate', causationId: 'approval' });
  });

  test('keeps none that was rejected, nor one that nobody decided on in time', async () => {
    const rejected = await proposed('rejected', 'sk-2');
    const expired = await proposed('expired', 'sk-3');
    registry.clock.advance(2 * GRACE_MS);
    await registry.tidy();
    expect(versions()).toEqual([1, 2, 2]);
    registry.ended.told.add(standing('rejected').proposalId);
    await registry.tidy();
    expect(versions()).toEqual([1, 2]);
    await expect(registry.carryOutRotation('rejected', id, rejected)).rejects.toMatchObject(gone);
    registry.clock.advance(7 * DAY_MS);
    await registry.tidy();
    expect(versions()).toEqual([1]);
    await expect(registry.carryOutRotation('expired', id, expired)).rejects.toMatchObject(gone);
  });

  test('destroys those that were rejected also behind others that wait still', async () => {
    for (const name of ['a', 'b', 'c', 'rejected']) {
      await proposed(name, `sk-${name}`);
      registry.clock.advance(1);
    }
    registry.ended.told.add(standing('rejected').proposalId);
    await registry.tidy();
    expect(versions()).toEqual([1, 2, 2, 2]);
  });

  test('keeps none of which no proposal could be made, nor one that is asked for again in vain', async () => {
    await refusalOf(registry.rotate('lost', id, 'sk-2'));
    registry.clock.advance(2 * GRACE_MS);
    await registry.tidy();
    expect(versions()).toEqual([1]);
    await registry.propose(
      await refusalOf(registry.rotate('again', id, 'sk-2')),
      standing('again', 'rejected'),
    );
    expect(versions()).toEqual([1]);
  });

  test('goes on waiting where the same is asked for again', async () => {
    await proposed('rotate', 'sk-2');
    await refusalOf(registry.rotate('rotate', id, 'sk-2'));
    registry.clock.advance(2 * GRACE_MS);
    await registry.tidy();
    expect(versions()).toEqual([1, 2]);
  });

  test('carries out nothing on what has changed since, and destroys its credential', async () => {
    const first = await proposed('first', 'sk-2');
    const second = await proposed('second', 'sk-3');
    const third = await proposed('third', 'sk-4');
    await registry.carryOutRotation('first', id, first);
    await expect(registry.carryOutRotation('second', id, second)).rejects.toMatchObject(stale);
    await expect(registry.carryOutRotation('third', id, third)).rejects.toMatchObject(stale);
    await registry.tidy();
    expect(versions()).toEqual([2]);
    expect(await registry.apiKeyOf(id, 2)).toBe('sk-2');
  });

  describe('although something else of the integration', () => {
    const record = (requestId: string, command: IntegrationCommand) =>
      registry.integrations.record(id, command, { metadata: registry.metadata(command.type, requestId) });
    const models = (change: { allow?: string[]; revoke?: string[] }) =>
      ({ type: 'ChangeModelAccess', integrationId: id, allow: [], revoke: [], ...change }) as const;
    const refuseCredential = () =>
      record('judge', { type: 'JudgeCredential', integrationId: id, credentialVersion: 1, works: false });
    const types = async () => (await registry.integrations.recorded(id)).map(({ type }) => type).slice(1);
    /** A model that waits for somebody to allow it, and how it is carried out. */
    const proposedModel = async (requestId: string, name: string) => {
      const command = models({ allow: [name] });
      const refusal: unknown = await record(requestId, command).catch((error: unknown) => error);
      if (!(refusal instanceof ApprovalRequired)) throw refusal;
      const consent = { kind: 'approved', judged: refusal.judged, causationId: 'approval' } as const;
      return () => registry.consents.within(consent, () => record(requestId, command));
    };
    /** Just before the next events are appended. */
    const between = (work: () => Promise<unknown>) => {
      const append = registry.store.append.bind(registry.store);
      jest.spyOn(registry.store, 'append').mockImplementationOnce(async (...asked) => {
        await registry.elsewhere(work);
        return append(...asked);
      });
    };
    const byAnother = (apiKey: string) =>
      registry.consents.within({ kind: 'judged' }, () => registry.rotate(`by ${apiKey}`, id, apiKey));

    test('has changed since, a credential that was approved becomes the current one', async () => {
      const refusal = await proposed('rotate', 'sk-2');
      await registry.rename('rename', id, 'Other');
      await record('revoke', models({ revoke: ['gpt-4o'] }));
      await refuseCredential();
      await registry.carryOutRotation('rotate', id, refusal);
      expect(await registry.apiKeyOf(id, 2)).toBe('sk-2');
      const changes = ['IntegrationRenamed', 'IntegrationModelsRevoked', 'CredentialRejected'];
      expect(await types()).toEqual([...changes, 'CredentialRotated']);
    });

    test('has changed since, a host that was approved is moved to', async () => {
      const elsewhere = { customHost: 'https://eu.example.com/v1' };
      const refusal = await refusalOf(registry.reconfigure('move', id, elsewhere, { apiKey: 'sk-2' }));
      await registry.propose(refusal, standing('move'));
      await record('revoke', models({ revoke: ['gpt-4o'] }));
      await registry.carryOutReconfiguration('move', id, elsewhere, refusal);
      expect((await registry.sealedOf(id, 2)).origins).toEqual(['https://eu.example.com:443']);
    });

    test('has changed since, a model that was approved is allowed; not where the models have', async () => {
      const first = await proposedModel('first', 'gpt-4o');
      const second = await proposedModel('second', 'gpt-4.1');
      await byAnother('sk-2');
      await first();
      await expect(second()).rejects.toMatchObject(stale);
      expect(await types()).toEqual(['CredentialRotated', 'IntegrationModelsAllowed']);
    });

    test('changes at that very moment; not where the part itself does', async () => {
      const refusal = await proposed('rotate', 'sk-2');
      between(() => record('revoke', models({ revoke: ['gpt-4o'] })));
      await registry.carryOutRotation('rotate', id, refusal);
      expect(await types()).toEqual(['IntegrationModelsRevoked', 'CredentialRotated']);
      const late = await proposed('late', 'sk-3');
      between(() => byAnother('sk-4'));
      await expect(registry.carryOutRotation('late', id, late)).rejects.toMatchObject(stale);
      expect(await registry.apiKeyOf(id, 3)).toBe('sk-4');
    });

    test('changes, nothing is carried out on an integration that has ended', async () => {
      const refusal = await proposed('rotate', 'sk-2');
      await registry.delete('delete', id);
      await expect(registry.carryOutRotation('rotate', id, refusal)).rejects.toMatchObject({
        reason: 'INTEGRATION_DELETED',
      });
    });
  });

  test('moves no host before somebody else has approved where to, with or without a credential', async () => {
    const customHost = 'https://api.openai.com/v2';
    await expect(registry.reconfigure('same', id, { customHost })).rejects.toMatchObject(wanted);
    const elsewhere = { customHost: 'https://eu.example.com/v1' };
    const refusal = await refusalOf(registry.reconfigure('other', id, elsewhere, { apiKey: 'sk-2' }));
    expect(refusal.credential.origins).toEqual(['https://eu.example.com:443']);
    await registry.propose(refusal, standing('other'));
    expect(await registry.eventTypes()).toEqual(['SlugReserved', 'IntegrationConnected']);
    // Approved for one host, it goes to no other.
    const other = { customHost: 'https://us.example.com/v1' };
    await expect(registry.carryOutReconfiguration('other', id, other, refusal)).rejects.toMatchObject(stale);
    const again = await refusalOf(registry.reconfigure('another', id, elsewhere, { apiKey: 'sk-2' }));
    await registry.propose(again, standing('another'));
    await registry.carryOutReconfiguration('another', id, elsewhere, again);
    expect((await registry.sealedOf(id, 2)).origins).toEqual(['https://eu.example.com:443']);
  });

  test('rotates at once when it wants nobody any more, also what it had proposed', async () => {
    await proposed('rotate', 'sk-2');
    registry.approvals.told.clear();
    await registry.rotate('rotate', id, 'sk-2');
    registry.ended.told.add(standing('rotate').proposalId);
    registry.clock.advance(8 * DAY_MS);
    await registry.tidy();
    expect(await registry.apiKeyOf(id, 2)).toBe('sk-2');
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
    const judged = (events: never[]) => integrationLetsMore({ events } as never);
    expect([[], [renamed], [renamed, enabled]].map(judged)).toEqual([false, false, true]);
  });
});
