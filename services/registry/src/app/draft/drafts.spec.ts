import { AppError, deriveId, organizationId } from '@gatehouse/kernel';
import { integrationOf } from '../../domain/draft/draft';
import { slug } from '../../domain/slug/slug';
import { GRACE_MS, RegistryInMemory } from '../../testing/registry-in-memory';
import { secretReferenceKey } from '../secret-reference/secret-reference-streams';
import { DRAFT_MS } from './create-draft.handler';

let registry: RegistryInMemory;
beforeEach(() => {
  registry = new RegistryInMemory();
});
const theirs = organizationId(deriveId('org', 'b'));

describe('a draft', () => {
  test('is a sealed credential, and no event', async () => {
    const draft = await registry.createDraft('d1');
    expect(draft).toMatchObject({ provider: 'openai', settings: { baseUrl: 'https://api.openai.com/v1' } });
    expect(JSON.stringify(draft)).not.toContain('sk-draft');
    expect(await registry.eventTypes()).toEqual([]);
    expect(registry.vault.rows.size).toBe(1);
  });

  test('made again is the same, also where a crash left it without its credential', async () => {
    const draft = await registry.createDraft('d1');
    expect(await registry.createDraft('d1')).toEqual(draft);
    registry.vault.rows.clear();
    expect(await registry.createDraft('d1')).toEqual(draft);
    expect(registry.vault.rows.size).toBe(1);
  });

  test('is tried before anything exists, by its own organization alone', async () => {
    const { draftId } = await registry.createDraft('d1');
    expect(await registry.testDraft(draftId)).toMatchObject({ outcome: 'WORKS' });
    expect(registry.egress.asked[0]).toMatchObject({
      sealed: { integrationId: integrationOf(draftId), credentialVersion: 1 },
      baseUrl: 'https://api.openai.com/v1',
    });
    await expect(registry.testDraft(draftId, theirs)).rejects.toMatchObject({ reason: 'DRAFT_UNKNOWN' });
  });

  test('is judged as a connection is', async () => {
    await expect(
      registry.createDraft('d1', { credential: new Map([['colour', 'blue']]) }),
    ).rejects.toMatchObject({ reason: 'REQUEST_INVALID' });
    await expect(registry.createDraft('d2', { provider: 'nobody' })).rejects.toMatchObject({
      reason: 'PROVIDER_UNKNOWN',
    });
    expect(registry.vault.rows.size).toBe(0);
  });

  test('is one of a hundred', async () => {
    for (let made = 0; made < 100; made++) await registry.createDraft(`d${made}`);
    await expect(registry.createDraft('more')).rejects.toMatchObject({ reason: 'DRAFTS_TOO_MANY' });
  });
});

describe('a draft becomes an integration', () => {
  test('of the same number, with the credential that was tried', async () => {
    const { draftId } = await registry.createDraft('d1');
    const { integration } = await registry.connect('r1', { draftId });
    expect(integration).toMatchObject({ integrationId: integrationOf(draftId), credentialVersion: 1 });
    await registry.tidy();
    expect(await registry.apiKeyOf(integration.integrationId, 1)).toBe('sk-draft');
    expect(registry.vault.rows.size).toBe(1);
    await expect(registry.testDraft(draftId)).rejects.toMatchObject({ reason: 'DRAFT_UNKNOWN' });
  });

  test('once: a repetition finds it, another request does not', async () => {
    const { draftId } = await registry.createDraft('d1');
    const first = await registry.connect('r1', { draftId });
    expect(await registry.connect('r1', { draftId })).toEqual(first);
    await expect(registry.connect('r2', { draftId, slug: 'two' })).rejects.toMatchObject({
      reason: 'DRAFT_UNKNOWN',
    });
  });

  test('once, also by two at once', async () => {
    const { draftId } = await registry.createDraft('d1');
    const settled = await Promise.allSettled(
      ['a', 'b', 'c'].map((name) => registry.connect(name, { draftId, slug: name })),
    );
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    await registry.tidy();
    expect(await registry.apiKeyOf(integrationOf(draftId), 1)).toBe('sk-draft');
  });
});

describe('a draft with a secret that is kept elsewhere', () => {
  const ours = slug('ours');
  const record = (type: 'DefineSecretReference' | 'RemoveSecretReference') => {
    const { organizationId } = registry;
    const locator = { kind: 'file', path: '/run/secrets/openai' } as const;
    return registry.secretReferences.record(
      secretReferenceKey(organizationId, ours),
      { type, organizationId, slug: ours, locator, uses: 0 },
      { metadata: registry.metadata(type, type) },
    );
  };

  test('becomes no integration once the reference is removed, which it is not kept from', async () => {
    await record('DefineSecretReference');
    const references = new Map([['api_key', { reference: ours, member: '' }]]);
    const { draftId } = await registry.createDraft('d1', { credential: new Map(), references });
    await record('RemoveSecretReference');
    await expect(registry.connect('r1', { draftId })).rejects.toMatchObject({
      violations: [{ field: 'references.api_key.reference' }],
    });
    expect(await registry.eventTypes()).toEqual(['SecretReferenceDefined', 'SecretReferenceRemoved']);
  });
});

describe('a draft ends', () => {
  test('by hand, and its credential with it', async () => {
    const { draftId } = await registry.createDraft('d1');
    await registry.deleteDraft('x1', draftId);
    await registry.deleteDraft('x2', draftId);
    expect(registry.vault.rows.size).toBe(0);
    await expect(registry.connect('r1', { draftId })).rejects.toMatchObject({ reason: 'CONNECT_ABANDONED' });
    await expect(registry.createDraft('d1')).rejects.toMatchObject({ reason: 'DRAFT_ENDED' });
  });

  test('when its time is up, not before, and its credential with it', async () => {
    const { draftId } = await registry.createDraft('d1');
    registry.clock.advance(DRAFT_MS - 1);
    await registry.sweepDrafts();
    expect(registry.vault.rows.size).toBe(1);
    registry.clock.advance(1);
    await expect(registry.testDraft(draftId)).rejects.toMatchObject({ reason: 'DRAFT_UNKNOWN' });
    await registry.sweepDrafts();
    expect(registry.vault.rows.size).toBe(0);
    expect(await registry.eventTypes()).toEqual(['IntegrationConnectAbandoned']);
  });

  test('although another, whose time is up as well, cannot be ended yet', async () => {
    const stuck = await registry.createDraft('d1');
    const other = await registry.createDraft('d2');
    registry.clock.advance(DRAFT_MS);
    const append = registry.store.append.bind(registry.store);
    jest.spyOn(registry.store, 'append').mockImplementation((stream, ...rest) => {
      if (stream.endsWith(integrationOf(stuck.draftId))) throw new Error('poison');
      return append(stream, ...rest);
    });
    await registry.sweepDrafts();
    expect(await registry.drafts.find(registry.organizationId, stuck.draftId)).toBeDefined();
    expect(await registry.drafts.find(registry.organizationId, other.draftId)).toBeUndefined();
    expect(registry.log.lines.join()).toContain('is tried again');
  });

  test('and leaves what it has become, also where a crash left the draft behind', async () => {
    const { draftId } = await registry.createDraft('d1');
    const remove = jest
      .spyOn(registry.drafts, 'remove')
      .mockRejectedValueOnce(new AppError('UNAVAILABLE', 'CRASH'));
    await expect(registry.connect('r1', { draftId })).rejects.toMatchObject({ reason: 'CRASH' });
    remove.mockRestore();
    registry.clock.advance(DRAFT_MS);
    await registry.sweepDrafts();
    await registry.tidy();
    expect(await registry.apiKeyOf(integrationOf(draftId), 1)).toBe('sk-draft');
    expect(await registry.drafts.count(registry.organizationId)).toBe(0);
  });

  test('and holds up nothing that is sealed after it and is nobody’s', async () => {
    for (const name of ['d1', 'd2', 'd3']) await registry.createDraft(name);
    const { integration } = await registry.connect('r1');
    await registry.tidy();
    registry.clock.advance(1);
    const sealed = await registry.sealedOf(integration.integrationId, 1);
    await registry.vault.keep('sec_lost', sealed, registry.clock.now());
    registry.clock.advance(GRACE_MS + 1);
    await registry.tidy();
    expect(await registry.vault.find('sec_lost')).toBeUndefined();
    expect(registry.vault.rows.size).toBe(4);
  });

  test('whatever the sweep of connections does meanwhile', async () => {
    const { draftId } = await registry.createDraft('d1');
    registry.clock.advance(DRAFT_MS - 1);
    await registry.tidy();
    const { integration } = await registry.connect('r1', { draftId });
    expect(await registry.apiKeyOf(integration.integrationId, 1)).toBe('sk-draft');
  });
});
