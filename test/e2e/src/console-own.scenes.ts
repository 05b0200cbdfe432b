import { randomBytes } from 'node:crypto';
import { eventually } from '@gatehouse/kernel/testing';
import { RestClient } from './rest-client';
import type { Product } from './product';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;

describe('what the REST admin API has beyond Portkey', () => {
  let product: Product;
  let admin: RestClient;

  beforeAll(async () => {
    product = await sharedProduct();
    admin = new RestClient(product.gatewayUrl, product.first.adminKey);
  }, START_MS);

  it('has the catalog: every provider with its form, and its models with what they cost', async () => {
    const { total, data } = await admin.list('/v1/gatehouse/providers');
    expect(total).toBeGreaterThan(85);
    expect(data.length).toBe(total);
    const apiKey = { name: 'api_key', secret: true, required: true };
    const openai = await admin.get('/v1/gatehouse/providers/openai');
    expect(openai).toMatchObject({
      ...{ name: 'openai', display_name: 'OpenAI', callable: true, self_hosted: false },
      credential_kinds: [
        { kind: 'organization-key', form: expect.arrayContaining([expect.objectContaining(apiKey)]) },
      ],
    });
    expect(data).toContainEqual(openai);
    expect(await admin.get('/v1/gatehouse/providers/self-hosted')).toMatchObject({
      ...{ self_hosted: true, custom_host: 'required' },
    });
    const models = await admin.list('/v1/gatehouse/providers/openai/models');
    expect(models.data).toContainEqual(
      expect.objectContaining({
        ...{ name: 'gpt-4o-mini', kind: 'chat', context_window: 128_000 },
        prices: expect.objectContaining({
          rates: expect.objectContaining({ input: '0.15', output: '0.60' }),
        }),
      }),
    );
    expect(await admin.refusal('GET', '/v1/gatehouse/providers/nobody')).toEqual([404, 'PROVIDER_UNKNOWN']);
  });

  it.each([
    ['simulator', { valid: true, available: false }],
    ['nobody-has-it', { valid: true, available: true }],
    ['no slug', { valid: false, available: false, reason: expect.stringContaining('64') }],
  ])('tells whether %p may be a slug', async (slug, said) => {
    expect(await admin.get(`/v1/gatehouse/slugs/${encodeURIComponent(slug)}`)).toMatchObject({
      slug,
      ...said,
    });
  });

  const newSlug = () => `own-${randomBytes(4).toString('hex')}`;
  const local = () => ({
    ...{ provider: 'self-hosted', custom_host: `${product.first.simulator}/v1` },
    credential: { api_key: 'canary-of-a-draft' },
  });
  const newWorkspace = async (): Promise<string> => {
    const { id } = await admin.done('POST', '/v1/admin/workspaces', { name: newSlug() });
    return String(id);
  };

  it('makes an integration of a draft, all at once', async () => {
    const workspace = await newWorkspace();
    const draft = await admin.done('POST', '/v1/gatehouse/drafts', { ...local(), reason: 'to try' });
    expect(draft).toMatchObject({ provider: 'self-hosted', expires_at: expect.any(String) });
    expect(JSON.stringify(draft)).not.toContain('canary-of-a-draft');
    const at = `/v1/gatehouse/drafts/${String(draft['id'])}`;
    // Asked again, it is tried again.
    for (const _time of ['once', 'again'])
      expect(await admin.done('POST', `${at}/test`)).toMatchObject({ http_status: 200 });
    expect(await admin.get(`${at}/models`)).toMatchObject({ models: expect.arrayContaining(['sim-small']) });

    const budget = { kind: 'budget', unit: 'usd', amount: '12.5', reset: 'monthly' };
    const creation = {
      ...{ name: 'Of a draft', slug: newSlug(), description: 'For tests.', reason: 'a new team' },
      ...{ draft_id: draft['id'], models: [] },
      custom_models: [{ name: 'sim-small', context_window: 8_192, max_output_tokens: 4_096 }],
      workspaces: [{ workspace_id: workspace, limits: [budget] }],
      auto_provision: { limits: [{ kind: 'rate', unit: 'requests', amount: '60', per: 'minute' }] },
    };
    const wrong = { ...creation, workspaces: [{ workspace_id: `ws_${'0'.repeat(26)}` }] };
    expect(await admin.refusal('POST', '/v1/gatehouse/integrations', wrong)).toEqual([
      404,
      'WORKSPACE_UNKNOWN',
    ]);
    expect(await admin.get(`/v1/gatehouse/slugs/${creation.slug}`)).toMatchObject({ available: true });
    const created = await admin.done('POST', '/v1/gatehouse/integrations', creation);
    expect(await admin.done('POST', '/v1/gatehouse/integrations', creation)).toMatchObject({
      id: created['id'],
    });
    const url = `/v1/gatehouse/integrations/${creation.slug}`;
    await eventually(async () =>
      expect(await admin.get(url)).toMatchObject({
        ...{ slug: creation.slug, name: 'Of a draft', description: 'For tests.', status: 'connected' },
        ...{ model_count: 1, auto_enable_models: false, workspace_count: 1, enabled_workspace_count: 1 },
        connected_by: { kind: 'api-key', name: expect.any(String) },
        auto_provision: {
          models: null,
          limits: [{ kind: 'rate', unit: 'requests', amount: '60', per: 'minute' }],
        },
        health: { credential_given_at: expect.any(String), last_refusal: null, credential_rejected: false },
      }),
    );
    // A draft becomes one integration.
    expect(await admin.refusal('GET', at)).toEqual([404, 'DRAFT_UNKNOWN']);
  });

  it('takes limits that it understands, and names the field of those that it does not', async () => {
    const said = { ...local(), name: 'No', slug: newSlug() };
    const budget = { kind: 'budget', unit: 'usd', amount: '1e3' };
    const [status, answer] = await admin.ask('POST', '/v1/gatehouse/integrations', {
      ...said,
      auto_provision: { limits: [budget] },
    });
    expect([status, answer]).toMatchObject([
      400,
      { data: { violations: [{ field: 'auto_provision.limits[0].amount' }] } },
    ]);
    expect(JSON.stringify(answer)).not.toContain('canary-of-a-draft');
  });

  it('has integrations as the page shows them: found, described, rotated, disabled and deleted', async () => {
    const slug = newSlug();
    await admin.done('POST', '/v1/gatehouse/integrations', { ...local(), name: 'Shown', slug });
    const url = `/v1/gatehouse/integrations/${slug}`;
    for (const query of [`search=${slug}`, `search=${slug}&mine=true&scope=organization&status=connected`])
      expect(await admin.list(`/v1/gatehouse/integrations?${query}`)).toMatchObject({
        ...{ total: 1, data: [{ slug, workspace: null, workspace_count: 0, model_count: 0 }] },
      });
    for (const query of [`search=${slug}&scope=workspace`, `search=${slug}&provider=openai`])
      expect(await admin.list(`/v1/gatehouse/integrations?${query}`)).toEqual({ total: 0, data: [] });

    const change = { name: 'Changed', description: 'What for.', enabled: false, reason: 'a pause' };
    expect(await admin.done('PUT', url, change)).toMatchObject({
      ...{ name: 'Changed', description: 'What for.', status: 'disabled' },
    });
    const rotated = await admin.done('POST', `${url}/rotate`, {
      credential: { api_key: 'another' },
      reason: 'it was leaked',
    });
    expect(rotated).toMatchObject({ credential_version: 2 });
    expect(await admin.done('POST', `${url}/test`)).toMatchObject({ http_status: 200 });
    const access = { allow: ['sim-small'], revoke: ['sim-large'] };
    expect(await admin.done('PUT', `${url}/models`, access)).toMatchObject({ model_count: 1 });
    expect(await admin.list(`${url}/models?access=allowed`)).toMatchObject({
      total: 1,
      data: [{ name: 'sim-small', allowed: true, access_reason: 'allowed', prices: null, used_by: [] }],
    });
    const azure = { alias: 'a', deployment_name: 'd', api_version: 'v1', model: 'gpt-4o' };
    expect(await admin.refusal('POST', `${url}/deployments`, azure)).toEqual([409, 'DEPLOYMENTS_NOT_TAKEN']);
    await admin.done('DELETE', `${url}?reason=over`);
    expect(await admin.refusal('GET', url)).toEqual([404, 'INTEGRATION_UNKNOWN']);
  });

  it('has the deployments of an Azure resource, of which one is the default', async () => {
    const first = {
      alias: 'fast',
      deployment_name: 'gpt-4o-mini',
      api_version: '2024-10-21',
      model: 'gpt-4o-mini',
    };
    const slug = newSlug();
    await admin.done('POST', '/v1/gatehouse/integrations', {
      ...{ name: 'Azure', slug, provider: 'azure-openai', credential: { api_key: 'k' } },
      ...{ fields: { resource: 'of-tests' }, deployments: [first] },
    });
    const url = `/v1/gatehouse/integrations/${slug}/deployments`;
    const second = { ...first, alias: 'large', model: 'gpt-4o' };
    await admin.done('POST', url, second);
    expect(await admin.refusal('POST', url, { ...second, reason: 'again' })).toEqual([
      409,
      'DEPLOYMENT_ALIAS_TAKEN',
    ]);
    expect(await admin.refusal('DELETE', `${url}/fast`)).toEqual([409, 'DEPLOYMENT_IS_DEFAULT']);
    expect(await admin.done('PUT', `${url}/large`, { ...second, is_default: true })).toMatchObject({
      deployments: [
        { alias: 'fast', is_default: false },
        { alias: 'large', is_default: true },
      ],
    });
    expect(await admin.done('DELETE', `${url}/fast`)).toMatchObject({ deployments: [{ alias: 'large' }] });
  });

  describe('of a team that calls', () => {
    const budget = { kind: 'budget', unit: 'usd', amount: '5', reset: 'weekly' };
    let slug: string;
    let url: string;
    let workspace: string;
    let key: string;
    let keyId: string;

    beforeAll(async () => {
      [slug, workspace] = [newSlug(), await newWorkspace()];
      url = `/v1/gatehouse/integrations/${slug}`;
      const price = { input_usd_per_million: '1', output_usd_per_million: '2' };
      await admin.done('POST', '/v1/gatehouse/integrations', {
        ...{ ...local(), name: 'Of a team', slug, models: [] },
        custom_models: [{ name: 'sim-small', context_window: 8_192, max_output_tokens: 4_096, ...price }],
      });
      const issued = await admin.done('POST', '/v1/api-keys/workspace/service', {
        ...{ name: `key of ${slug}`, workspace_id: workspace, scopes: ['completions.write'] },
      });
      [key, keyId] = [String(issued['key']), String(issued['id'])];
    }, START_MS);

    it('is given it, limited, disabled and enabled, one workspace or all', async () => {
      const before = await admin.list(`${url}/workspaces?search=${(await named()).slice(0, 12)}`);
      expect(before).toMatchObject({
        ...{
          total: 1,
          data: [{ workspace: { id: workspace }, provision_id: null, enabled: false, limits: [] }],
        },
      });
      const give = {
        workspaces: [{ workspace_id: workspace, enabled: true, limits: [budget] }],
        reason: 'start',
      };
      expect(await admin.done('PUT', `${url}/workspaces`, give)).toEqual({ bulk_id: null });
      const pause = { workspaces: [{ workspace_id: workspace, enabled: false }], reason: 'a pause' };
      await admin.done('PUT', `${url}/workspaces`, pause);
      // What is not said stays: whoever chooses models enables nothing.
      const [disabled] = (await admin.list(`${url}/workspaces?access=disabled`)).data;
      const read = disabled?.['revision'];
      const choose = (said: object) => ({
        workspaces: [{ workspace_id: workspace, revision: read, ...said }],
      });
      await admin.done('PUT', `${url}/workspaces`, choose({ limits: [budget], models: ['sim-small'] }));
      // Whoever read it before that undoes none of it.
      expect(await admin.refusal('PUT', `${url}/workspaces`, choose({ models: null }))).toEqual([
        409,
        'REVISION_MISMATCH',
      ]);
      expect(await admin.list(`${url}/workspaces?access=disabled`)).toMatchObject({
        ...{
          total: 1,
          data: [
            {
              ...{ workspace: { id: workspace }, models: ['sim-small'] },
              limits: [{ amount: '5.00', reset: 'weekly' }],
            },
          ],
        },
      });
      await admin.done('PUT', `${url}/workspaces`, {
        workspaces: [{ workspace_id: workspace, enabled: true, models: null }],
      });
      const { bulk_id: bulk } = await admin.done('PUT', `${url}/workspaces`, {
        all: {},
        reason: 'everybody',
      });
      await eventually(async () =>
        expect(await admin.get(`/v1/gatehouse/bulks/${String(bulk)}`)).toMatchObject({
          ...{ status: 'done', refused: 0, refusals: [] },
        }),
      );
      // Whoever had it keeps what it had.
      const { total, data } = await admin.list(`${url}/workspaces?access=enabled&page_size=1`);
      expect([total > 1, data]).toMatchObject([
        true,
        [{ workspace: { id: workspace }, enabled: true, exhausted: false, limits: [{ amount: '5.00' }] }],
      ]);
      const policy = { enabled: true, limits: [budget], reason: 'for all to come' };
      const set = await admin.done('PUT', `${url}/auto-provision`, policy);
      expect(set).toMatchObject({
        auto_provision: { models: null, limits: [{ unit: 'usd', amount: '5.00' }] },
      });
      const { revision } = set['auto_provision'] as { readonly revision: string };
      const other = { ...policy, limits: [], revision };
      expect(await admin.done('PUT', `${url}/auto-provision`, other)).toMatchObject({
        auto_provision: { limits: [] },
      });
      expect(await admin.refusal('PUT', `${url}/auto-provision`, { ...policy, revision })).toEqual([
        409,
        'REVISION_MISMATCH',
      ]);
      expect(await admin.done('PUT', `${url}/auto-provision`, { enabled: false })).toMatchObject({
        auto_provision: null,
      });
    });

    const named = async (): Promise<string> =>
      String((await admin.get(`/v1/admin/workspaces/${workspace}`))['name']);

    it('calls, and everything of it is told: what is left, what was used, what it may', async () => {
      const asked = { model: `@${slug}/sim-small`, messages: [{ role: 'user' as const, content: 'Hello' }] };
      await eventually(async () => expect((await product.gateway(key).chat(asked))?.status).toBe(200));
      const limits = `/v1/gatehouse/scopes/${String((await ofWorkspace())['provision_id'])}/limits`;
      await eventually(async () => {
        const [limit] = (await admin.list(limits)).data;
        expect(limit).toMatchObject({ scope_kind: 'provision', kind: 'budget', unit: 'usd', amount: '5.00' });
        expect(Number(limit?.['spent'])).toBeGreaterThan(0);
      });
      const [standing] = (await admin.list(limits)).data;
      const at = `/v1/gatehouse/limits/${String(standing?.['id'])}`;
      expect(await admin.get(at)).toMatchObject({ id: standing?.['id'], alerts: [50, 80, 90, 100] });
      expect(await admin.done('POST', `${at}/reset`, { reason: 'a gift' })).toMatchObject({ spent: '0.00' });

      const used = await admin.get(
        `/v1/gatehouse/usage?workspace_id=${workspace}&group_by=integration,model,api-key`,
      );
      expect(used).toMatchObject({
        rows: [
          { model: 'sim-small', api_key_id: keyId, unknown_requests: 0, doubt: '0.00', workspace_id: null },
        ],
        names: { [keyId]: `key of ${slug}` },
      });
      const day = (offset: number) => new Date(Date.now() + offset * 86_400_000).toISOString();
      const graph = (model: string) =>
        `/v1/analytics/graphs/requests?workspace_slug=${workspace}&ai_org_model=${model}` +
        `&time_of_generation_min=${day(-1)}&time_of_generation_max=${day(1)}`;
      for (const [model, total] of [
        ['self-hosted__sim-small', 1],
        ['self-hosted__sim-small__x', 0],
      ] as const)
        expect(await admin.get(graph(model))).toMatchObject({ summary: { total } });
      for (const model of ['__', 'self-hosted__', '__sim-small', 'sim-small'])
        expect(await admin.refusal('GET', graph(model))).toEqual([400, 'REQUEST_INVALID']);
      const month = new Date().toISOString().slice(0, 7);
      const file = await fetch(
        `${product.gatewayUrl}/v1/gatehouse/usage/export?workspace_id=${workspace}&month=${month}`,
        { headers: { 'x-portkey-api-key': product.first.adminKey } },
      );
      expect(file.headers.get('content-type')).toMatch(/^text\/csv/);
      expect(file.headers.get('content-disposition')).toBe(`attachment; filename="usage-${month}.csv"`);
      const [head, line] = (await file.text()).split('\n');
      expect([head, line]).toEqual([
        expect.stringMatching(/^admitted_at,settled_at,request_id,/),
        expect.stringContaining(keyId),
      ]);
      expect(await admin.refusal('GET', '/v1/gatehouse/usage/export?month=soon')).toEqual([
        400,
        'REQUEST_INVALID',
      ]);

      const may = `/v1/gatehouse/access?workspace_id=${workspace}&provider=${slug}`;
      expect(await admin.get(`${may}&model=sim-small`)).toMatchObject({
        ...{ allowed: true, reason: 'allowed', model_rule: 'custom' },
        limits: [{ scope: 'provision', amount: '5.00', left: expect.any(String), exhausted: false }],
      });
      expect(await admin.get(`${may}&model=other`)).toMatchObject({
        allowed: false,
        reason: 'model-not-offered',
      });
      expect(
        await admin.list(`/v1/gatehouse/workspaces/${workspace}/providers?search=${slug}`),
      ).toMatchObject({
        ...{ total: 1, data: [{ slug, status: 'active', model_count: 1 }] },
      });
      expect(await admin.list(`/v1/gatehouse/workspaces/${workspace}/models?search=${slug}`)).toMatchObject({
        data: [{ id: `@${slug}/sim-small`, prices: { rates: { input: '1.00', output: '2.00' } } }],
      });
    });

    const ofWorkspace = async () => {
      const { data } = await admin.list(`${url}/workspaces?access=enabled&page_size=1`);
      return data[0] ?? {};
    };

    it('has a history with reasons, and with what was before', async () => {
      await admin.done('PUT', url, { name: 'Renamed', reason: 'a better name' });
      await eventually(async () => {
        const { data } = await admin.list(`${url}/history?type=IntegrationRenamed`);
        expect(data).toMatchObject([
          {
            ...{ type: 'IntegrationRenamed', reason: 'a better name', actor: { kind: 'api-key' } },
            changes: expect.arrayContaining([{ field: 'name', before: 'Of a team', after: 'Renamed' }]),
          },
        ]);
      });
      const { data } = await admin.list(`/v1/gatehouse/workspaces/${workspace}/history?page_size=100`);
      expect(data.map(({ type }) => type)).toEqual(
        expect.arrayContaining(['WorkspaceCreated', 'IntegrationProvisioned', 'ProvisionDisabled']),
      );
      const { total } = await admin.list('/v1/gatehouse/history?page_size=1');
      expect(total).toBeGreaterThan(data.length);
    });

    it('is told what a change would do before it is made', async () => {
      const { provision_id: provisionId } = await ofWorkspace();
      const change = {
        change: 'provision-limits',
        provision_id: provisionId,
        limits: [{ ...budget, amount: '9' }],
      };
      expect(await admin.done('POST', '/v1/gatehouse/previews', change)).toMatchObject({
        ...{ lets_more: true, needs_approval: false, events: [{ type: 'ProvisionLimitsChanged' }] },
      });
      expect((await admin.get(`${url}/workspaces?access=enabled&page_size=1`))['data']).toMatchObject([
        { limits: [{ amount: '5.00' }] },
      ]);
      const hit = await admin.get(`${url}/preview?change=disable`);
      expect((hit['data'] as object[])[0]).toMatchObject({
        workspace: { id: workspace },
        effect: 'stops',
        key_count: 1,
      });
    });

    it('previews what many workspaces get, what each key gets, and the models of an integration', async () => {
      const integration = (await admin.get(url))['id'];
      const limits = [{ ...budget, amount: '9' }];
      const given = { integration_id: integration, limits, models: ['sim-small'] };
      const none = { called: 0, refused: 0, total: 0, data: [] };
      const usage = {
        limits: [{ limit: { amount: '9.00' }, refused_max: 0, keys: null, workspaces: none }],
        models: { refused: 0, workspaces: none },
      };
      const many = { ...given, change: 'bulk-provision', existing: 'override', page_size: 5 };
      expect(await admin.done('POST', '/v1/gatehouse/previews', many)).toMatchObject({
        ...{ usage, usage_unknown: false, events: [{ type: 'BulkProvisionRequested' }] },
      });
      const policy = { ...given, change: 'auto-provision' };
      expect(await admin.done('POST', '/v1/gatehouse/previews', policy)).toMatchObject({
        ...{ usage, events: [{ type: 'AutoProvisionPolicySet' }] },
      });
      const keys = { change: 'workspace-key-limits', workspace_id: workspace, limits };
      expect(await admin.done('POST', '/v1/gatehouse/previews', keys)).toMatchObject({
        usage: { limits: [{ keys: { called: 0, refused: 0, data: [] }, workspaces: null }] },
      });
      const asked = { without: ['sim-small'] };
      expect(await admin.done('POST', `${url}/models/preview`, asked)).toMatchObject({
        ...{ usage: { refused: 0, workspaces: none }, object: 'models-preview' },
      });
      const both = { only: ['a'], without: ['b'] };
      expect(await admin.refusal('POST', `${url}/models/preview`, both)).toEqual([400, 'REQUEST_INVALID']);
    });

    it('keeps of a limit what Portkey’s shapes have no words for, where they say it anew', async () => {
      const whole = {
        ...budget,
        strict: true,
        weekday: 'monday',
        time_zone: 'Europe/Berlin',
        name: 'Spring',
      };
      const give = { workspaces: [{ workspace_id: workspace, enabled: true, limits: [whole] }] };
      await admin.done('PUT', `${url}/workspaces`, give);
      const usage_limits = [{ type: 'cost', credit_limit: 6, periodic_reset: 'weekly' }];
      const said = (limits: object) => ({ workspaces: [{ id: workspace, enabled: true, ...limits }] });
      await admin.done('PUT', `/v1/integrations/${slug}/workspaces`, said({ usage_limits }));
      expect((await ofWorkspace())['limits']).toMatchObject([{ ...whole, amount: '6.00' }]);
      await admin.done('PUT', `/v1/integrations/${slug}/workspaces`, said({}));
      expect((await ofWorkspace())['limits']).toEqual([]);
    });
  });

  it('has what wants a second admin, and says who is to approve it', async () => {
    expect(await admin.get('/v1/gatehouse/approval-policy')).toEqual({ required: false });
    expect(await admin.list('/v1/gatehouse/approvals?status=open')).toMatchObject({
      data: expect.any(Array),
    });
    expect(await admin.refusal('GET', '/v1/gatehouse/approvals/none')).toEqual([400, 'REQUEST_INVALID']);
  });
});
