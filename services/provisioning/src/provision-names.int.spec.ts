import { deriveId } from '@gatehouse/kernel';
import { eventually } from '@gatehouse/kernel/testing';
import { eventsV1, provisioningV1 } from '@gatehouse/proto-gen';
import {
  asked,
  issueRequest,
  ProvisioningBench,
  refusalOf,
  type Tenant,
  workspaceRequest,
} from './testing/provisioning-bench';

const { AccessReason, ApiKeyRole, BulkOutcomeKind, BulkStatus } = provisioningV1;
const SLUG_TAKEN = 'CONFLICT PROVISION_SLUG_TAKEN';

describe('what a provision is called', () => {
  let bench: ProvisioningBench;
  let acme: Tenant;
  let ordinal = 0;

  beforeAll(async () => {
    bench = await ProvisioningBench.open();
    acme = await bench.tenant('Acme');
  }, 120_000);
  afterAll(() => bench.close());

  const workspace = async (): Promise<string> => {
    const request = workspaceRequest({ name: `workspace ${ordinal++}` });
    return (await acme.admin.workspaces.createWorkspace(request)).workspace?.id ?? '';
  };
  const connect = (slug: string) =>
    bench.connect(acme.organizationId, slug, ['small'], { dialect: 'openai' });
  const provide = (fields: Partial<provisioningV1.ProvisionIntegrationRequest>) =>
    acme.admin.provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial(asked({ atLeastPosition: '1', ...fields })),
    );
  const rename = (provisionId: string, names: { slug?: string; name?: string }) =>
    acme.admin.provisions.renameProvision(asked({ provisionId, ...names }));
  const listed = async (workspaceId: string) => {
    const request = { workspaceId, atLeastPosition: String(await bench.store.head()) };
    const { provisions } = await acme.admin.provisions.listProvisions(
      provisioningV1.ListProvisionsRequest.fromPartial(request),
    );
    return provisions.map(({ slug, name }) => [slug, name]);
  };
  const explained = async (workspaceId: string, provider: string) =>
    (
      await acme.admin.access.explainAccess(
        provisioningV1.ExplainAccessRequest.fromPartial({
          of: { $case: 'workspaceId', value: workspaceId },
          provider,
          model: 'small',
        }),
      )
    ).reason;

  it('is what its integration is called, until it is called otherwise, and then again', async () => {
    const [workspaceId, integrationId] = [await workspace(), await connect('plain')];
    const { provision } = await provide({ workspaceId, integrationId });
    expect(provision).toMatchObject({ slug: 'plain', name: 'plain' });
    const id = provision?.id ?? '';
    expect((await rename(id, { slug: 'Chat-1', name: 'Our chat' })).provision).toEqual({
      ...provision,
      slug: 'Chat-1',
      name: 'Our chat',
    });
    expect((await rename(id, { name: 'Talk' })).provision).toMatchObject({ slug: 'Chat-1', name: 'Talk' });
    expect(await listed(workspaceId)).toEqual([['Chat-1', 'Talk']]);
    expect((await rename(id, { slug: 'plain' })).provision).toMatchObject({ slug: 'plain', name: 'Talk' });
    expect((await rename(id, { slug: '', name: '' })).provision).toEqual(provision);
    expect(await listed(workspaceId)).toEqual([['plain', 'plain']]);
    expect(await refusalOf(rename(id, { slug: 'no slug' }))).toBe('INVALID REQUEST_INVALID');
    expect(await refusalOf(rename(id, {}))).toBe('INVALID REQUEST_INVALID');
    const stranger = (await bench.tenant('Stranger')).admin.provisions;
    const foreign = stranger.renameProvision(asked({ provisionId: id, slug: 'mine' }));
    expect(await refusalOf(foreign)).toBe('NOT_FOUND PROVISION_UNKNOWN');
  });

  it('is what callers, explanations and lists say', async () => {
    const [workspaceId, integrationId] = [await workspace(), await connect('vendor')];
    const { provision } = await provide({ workspaceId, integrationId, slug: 'ours', name: 'Ours' });
    expect(provision).toMatchObject({ slug: 'ours', name: 'Ours' });
    const models = ['@ours/small'];
    const { apiKey } = await acme.admin.keys.issueApiKey(
      issueRequest({
        role: ApiKeyRole.WORKSPACE,
        workspaceId,
        name: 'of one model',
        models: { all: false, names: models },
      }),
    );
    await eventually(async () => expect(await explained(workspaceId, '@ours')).toBe(AccessReason.ALLOWED));
    expect(await explained(workspaceId, '@vendor')).toBe(AccessReason.NOT_PROVISIONED);
    const { access } = acme.admin;
    const ofKey = await access.explainAccess(
      provisioningV1.ExplainAccessRequest.fromPartial({
        of: { $case: 'apiKeyId', value: apiKey?.id ?? '' },
        provider: '@ours',
        model: 'small',
      }),
    );
    expect(ofKey.reason).toBe(AccessReason.ALLOWED);
    const offered = await access.listAvailableModels(
      provisioningV1.ListAvailableModelsRequest.fromPartial({ workspaceId }),
    );
    expect(offered.models.map(({ id }) => id)).toEqual(models);
    const providers = await access.listAiProviders(
      provisioningV1.ListAiProvidersRequest.fromPartial({ workspaceId }),
    );
    expect(providers.providers).toMatchObject([{ slug: 'ours', name: 'Ours', provisionId: provision?.id }]);
  });

  it('is one provision of the workspace, however many ask at the same moment, and any of another', async () => {
    const [workspaceId, elsewhere] = [await workspace(), await workspace()];
    const ids = await Promise.all(Array.from({ length: 6 }, (_, index) => connect(`racer-${index}`)));
    const answers = await Promise.all(
      ids.map((integrationId) => refusalOf(provide({ workspaceId, integrationId, slug: 'one' }))),
    );
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(1);
    expect(answers.filter((answer) => answer === SLUG_TAKEN)).toHaveLength(5);
    // Who was refused has none, and can have one of another name.
    expect(await listed(workspaceId)).toHaveLength(1);
    const refused = ids[answers.indexOf(SLUG_TAKEN)] ?? '';
    const name = 'The same';
    const { provision } = await provide({ workspaceId, integrationId: refused, slug: 'other', name });
    expect(await refusalOf(rename(provision?.id ?? '', { slug: 'one' }))).toBe(SLUG_TAKEN);
    const [unnamed = ''] = ids.filter((id) => id !== refused && answers[ids.indexOf(id)] === SLUG_TAKEN);
    const sameName = provide({ workspaceId, integrationId: unnamed, name });
    expect(await refusalOf(sameName)).toBe('CONFLICT PROVISION_NAME_TAKEN');
    expect(
      (await provide({ workspaceId: elsewhere, integrationId: refused, slug: 'one' })).provision?.slug,
    ).toBe('one');
  });

  it('is what it is found by, until its integration is deleted', async () => {
    const [workspaceId, integrationId] = [await workspace(), await connect('found')];
    const { provision } = await provide({ workspaceId, integrationId, slug: 'found-by' });
    await provide({ workspaceId, integrationId: await connect('found-too'), slug: 'found-by-too' });
    const found = async () => {
      const asked = { workspaceId, slug: 'found-by', atLeastPosition: String(await bench.store.head()) };
      const { provisions } = await acme.admin.provisions.listProvisions(
        provisioningV1.ListProvisionsRequest.fromPartial(asked),
      );
      return provisions.map(({ id, provider }) => [id, provider]);
    };
    expect(await found()).toEqual([[provision?.id, 'openai']]);
    await bench.publish(acme.organizationId, `integration-${integrationId}`, 'IntegrationDeleted', {
      integrationId,
    });
    await eventually(async () => expect(await found()).toEqual([]));
  });

  it('is not listed of an archived workspace, nor are its keys, unless that is asked for', async () => {
    const { admin } = acme;
    const [workspaceId, integrationId] = [await workspace(), await connect('archived')];
    await provide({ workspaceId, integrationId });
    await admin.keys.issueApiKey(issueRequest({ role: ApiKeyRole.WORKSPACE, workspaceId, name: 'archived' }));
    const counts = async (fields: { workspaceId?: string; includeArchived?: boolean }) => {
      const asked = { ...fields, atLeastPosition: String(await bench.store.head()) };
      const provisions = provisioningV1.ListProvisionsRequest.fromPartial({ ...asked, integrationId });
      const keys = provisioningV1.ListApiKeysRequest.fromPartial({ ...asked, search: 'archived' });
      return [
        (await admin.provisions.listProvisions(provisions)).totalSize,
        (await admin.keys.listApiKeys(keys)).totalSize,
      ];
    };
    expect(await counts({})).toEqual([1, 1]);
    await admin.workspaces.archiveWorkspace(asked({ workspaceId }));
    expect(await counts({})).toEqual([0, 0]);
    expect(await counts({ includeArchived: true })).toEqual([1, 1]);
    expect(await counts({ workspaceId })).toEqual([1, 1]);
  });

  it('is never what an integration of the organization is called, provisioned or not', async () => {
    const [workspaceId, integrationId] = [await workspace(), await connect('first')];
    const other = await connect('second');
    await provide({ workspaceId: await workspace(), integrationId: other });
    expect(await refusalOf(provide({ workspaceId, integrationId, slug: 'second' }))).toBe(SLUG_TAKEN);
    expect(await listed(workspaceId)).toEqual([]);
  });

  it('stands against an integration that was connected since, in that workspace alone', async () => {
    const [workspaceId, free] = [await workspace(), await workspace()];
    const { provision } = await provide({ workspaceId, integrationId: await connect('early'), slug: 'late' });
    const late = await connect('late');
    await eventually(async () =>
      expect(await refusalOf(provide({ workspaceId, integrationId: late }))).toBe(SLUG_TAKEN),
    );
    const { bulk } = await acme.admin.bulks.bulkProvision(
      provisioningV1.BulkProvisionRequest.fromPartial(
        asked({ integrationId: late, workspaceIds: [workspaceId, free] }),
      ),
    );
    const done = () =>
      acme.admin.bulks.getBulkProvision(
        provisioningV1.GetBulkProvisionRequest.fromPartial({ bulkId: bulk?.id ?? '' }),
      );
    await eventually(async () => expect((await done()).bulk?.status).toBe(BulkStatus.DONE));
    expect((await done()).outcomes).toEqual([
      { workspaceId, kind: BulkOutcomeKind.REFUSED, reason: 'PROVISION_SLUG_TAKEN' },
      { workspaceId: free, kind: BulkOutcomeKind.MADE, reason: '' },
    ]);
    // Under a slug of its own it can be had there, and so it can by its own once that is free.
    await provide({ workspaceId, integrationId: late, slug: 'late-2' });
    await rename(provision?.id ?? '', { slug: '' });
    const again = await listed(workspaceId);
    expect(again.map(([slug]) => slug).sort()).toEqual(['early', 'late-2']);
  });

  it('is free again where the provision could not be made, and once its integration is deleted', async () => {
    const [workspaceId, integrationId] = [await workspace(), await connect('short-lived')];
    const request = { workspaceId, integrationId, slug: 'again' };
    const unoffered = { ...request, models: { all: false, names: ['huge'] } };
    expect(await refusalOf(provide(unoffered))).toBe('INVALID REQUEST_INVALID');
    const next = await connect('next');
    const { provision } = await provide({ ...request, integrationId: next });
    expect(provision?.slug).toBe('again');
    await rename(provision?.id ?? '', { slug: '' });
    const made = await provide(request);
    expect(made.provision?.slug).toBe('again');
    await bench.publish(acme.organizationId, `integration-${integrationId}`, 'IntegrationDeleted', {
      ...eventsV1.IntegrationDeleted.fromPartial({ integrationId }),
    });
    await eventually(async () =>
      expect((await rename(provision?.id ?? '', { slug: 'again' })).provision?.slug).toBe('again'),
    );
  });

  it('is the integration’s where a process ended before it made what was to be called otherwise', async () => {
    const integrationId = await connect('policy');
    const workspaceId = await workspace();
    const { provision } = await provide({ workspaceId, integrationId: await connect('rival') });
    const unmade = deriveId('prv', acme.organizationId, workspaceId, integrationId);
    await bench.append(acme.organizationId, `provisionname-${workspaceId}`, 'ProvisionNamed', {
      ...eventsV1.ProvisionNamed.fromPartial({
        organizationId: acme.organizationId,
        workspaceId,
        provisionId: unmade,
        integrationId,
        slug: 'left-behind',
        namedAt: new Date(),
      }),
    });
    expect(await refusalOf(rename(provision?.id ?? '', { slug: 'left-behind' }))).toBe(SLUG_TAKEN);
    expect((await provide({ workspaceId, integrationId })).provision?.slug).toBe('policy');
    expect((await rename(provision?.id ?? '', { slug: 'left-behind' })).provision?.slug).toBe('left-behind');
  });
});
