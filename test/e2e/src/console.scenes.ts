import { randomBytes } from 'node:crypto';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { ADMIN_SDKS, type AdminAnswer, AdminSdk } from './admin-sdk';
import { ControlPlane, newCommand } from './control-plane';
import type { Product } from './product';
import { RestClient } from './rest-client';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;

type Rows = readonly AdminAnswer[];

describe('the REST admin API', () => {
  let product: Product;
  let workspaceId: string;

  beforeAll(async () => {
    product = await sharedProduct();
    const request = { ...newCommand(), name: `console-${randomBytes(4).toString('hex')}` };
    const { workspace } = await product
      .control()
      .workspaces.createWorkspace(provisioningV1.CreateWorkspaceRequest.fromPartial(request));
    workspaceId = workspace?.id ?? '';
  }, START_MS);

  /** The id of the member who accepts an invite by its token. */
  const accepted = async (token: string): Promise<string> => {
    const person = new ControlPlane(product.first.grpc, { apiKey: token });
    try {
      const { member } = await person.members.acceptInvite({ ...newCommand(), name: 'Ann of Tests' });
      return member?.id ?? '';
    } finally {
      person.close();
    }
  };

  describe.each(ADMIN_SDKS.map((spec) => [spec.name, spec] as const))('by %s', (_name, spec) => {
    let sdk: AdminSdk;
    beforeAll(() => {
      sdk = AdminSdk.start(spec, `${product.gatewayUrl}/v1`, product.first.adminKey);
    });
    afterAll(() => sdk.stop());

    const newSlug = () => `rest-${randomBytes(4).toString('hex')}`;
    const selfHosted = (slug: string) => ({
      name: 'Ours',
      slug,
      ai_provider_id: 'self-hosted',
      key: 'simulator-takes-any',
      configurations: { custom_host: `${product.first.simulator}/v1` },
    });

    it('has integrations', async () => {
      const slug = newSlug();
      const created = await sdk.call('integrations.create', {
        ...selfHosted(slug),
        description: 'For tests.',
      });
      expect(created).toMatchObject({ slug, id: expect.stringMatching(/^int_/) });
      // As a client does that got no answer.
      expect(
        await sdk.call('integrations.create', { ...selfHosted(slug), description: 'For tests.' }),
      ).toMatchObject({ id: created['id'] });
      expect(await sdk.refusal('integrations.create', selfHosted(slug))).toBe('409 AB07 SLUG_TAKEN');

      const whole = {
        ...{ id: created['id'], slug, name: 'Ours', description: 'For tests.', status: 'active' },
        ...{ ai_provider_id: 'self-hosted', object: 'integration', type: 'organisation', workspace_id: null },
        configurations: { custom_host: `${product.first.simulator}/v1` },
        ...{ allow_all_models: true, masked_key: '********', workspace_count: 0 },
      };
      expect(await sdk.call('integrations.retrieve', { slug })).toMatchObject(whole);
      const listed = await sdk.call('integrations.list', { page_size: 1, current_page: 0 });
      expect(listed).toMatchObject({ object: 'list', data: [{ slug: 'simulator', object: 'integration' }] });
      const all = await sdk.call('integrations.list', { page_size: 1000, type: 'organisation' });
      expect((all['data'] as Rows).map((row) => row['slug'])).toContain(slug);

      await sdk.call('integrations.update', {
        slug,
        name: 'Theirs',
        description: 'Changed.',
        key: 'another',
      });
      const changed = { ...whole, name: 'Theirs', description: 'Changed.' };
      expect(await sdk.call('integrations.retrieve', { slug })).toMatchObject(changed);

      await sdk.call('integrations.delete', { slug });
      expect(await sdk.refusal('integrations.retrieve', { slug })).toBe('404 AB08 INTEGRATION_UNKNOWN');
      // The same words again mean a new one, once the first is gone.
      const again = await sdk.call('integrations.create', { ...selfHosted(slug), description: 'For tests.' });
      expect(again['id']).not.toBe(created['id']);
      await sdk.call('integrations.delete', { slug });
    });

    it('has the workspaces of an integration', async () => {
      const slug = newSlug();
      await sdk.call('integrations.create', selfHosted(slug));
      const usage = { type: 'cost', credit_limit: 10, alert_threshold: 8, periodic_reset: 'monthly' };
      const rate = { type: 'requests', unit: 'rpm', value: 60 };
      const access = { id: workspaceId, enabled: true, usage_limits: [usage], rate_limits: [rate] };
      await sdk.call('integrations.workspaces.update', { slug, workspaces: [access] });
      if (spec.readsAccessLimits) {
        const listed = await sdk.call('integrations.workspaces.list', { slug });
        expect(listed).toMatchObject({ total: 1, workspaces: [access] });
      }
      expect(await sdk.refusal('integrations.delete', { slug })).toBe('409 AB07 INTEGRATION_IN_USE');

      const disabled = { id: workspaceId, enabled: false };
      await sdk.call('integrations.workspaces.update', { slug, workspaces: [disabled] });
      expect(await sdk.call('integrations.workspaces.list', { slug })).toMatchObject({
        total: 1,
        workspaces: [{ ...disabled, usage_limits: null, rate_limits: null }],
      });
      const seconds = { ...access, rate_limits: [{ ...rate, unit: 'rps' }] };
      const refused = await sdk.refusal('integrations.workspaces.update', { slug, workspaces: [seconds] });
      expect(refused).toBe('400 AB01 UNSUPPORTED');

      await sdk.call('integrations.workspaces.update', {
        slug,
        global_workspace_access: { enabled: true, usage_limits: [usage], rate_limits: [] },
        override_existing_workspaces_access: false,
      });
      expect(await sdk.call('integrations.retrieve', { slug })).toMatchObject({
        global_workspace_access_settings: { enabled: true, usage_limits: [usage], rate_limits: [] },
      });
      await sdk.call('integrations.workspaces.update', { slug, global_workspace_access: { enabled: false } });
      expect(await sdk.call('integrations.retrieve', { slug })).toMatchObject({
        global_workspace_access_settings: null,
      });
    });

    it('has the models of an integration', async () => {
      const slug = newSlug();
      await sdk.call('integrations.create', selfHosted(slug));
      const price = { request_token: { price: 0.000125 }, response_token: { price: 0.0005 } };
      const custom = {
        ...{ slug: 'sim-small', enabled: true, is_custom: true },
        pricing_config: { type: 'static', pay_as_you_go: price },
        ...{ context_window: 8_192, max_output_tokens: 4_096 },
      };
      const changes = { slug, allow_all_models: false, models: [custom] };
      await sdk.call('integrations.models.update', changes);
      const { context_window: _window, max_output_tokens: _output, ...answered } = custom;
      const listed = await sdk.call('integrations.models.list', { slug });
      expect(listed).toMatchObject({ total: 1, allow_all_models: false, models: [answered] });
      await sdk.call('integrations.models.update', { slug, models: [{ slug: 'sim-other', enabled: false }] });
      const both = (await sdk.call('integrations.models.list', { slug }))['models'] as Rows;
      expect(both.map((model) => [model['slug'], model['enabled']])).toEqual([
        ['sim-other', false],
        ['sim-small', true],
      ]);
      await sdk.call('integrations.models.delete', { slug, slugs: 'sim-small' });
      const left = (await sdk.call('integrations.models.list', { slug }))['models'] as Rows;
      expect(left.map((model) => model['slug'])).toEqual(['sim-other']);
      await sdk.call('integrations.delete', { slug });
    });

    it('has workspaces', async () => {
      const name = `Team ${randomBytes(4).toString('hex')}`;
      const asked = { name, description: 'For tests.', defaults: { metadata: { team: 'a' } } };
      const created = await sdk.call('admin.workspaces.create', asked);
      expect(created).toMatchObject({ ...asked, id: expect.stringMatching(/^ws_/), object: 'workspace' });
      const id = String(created['id']);
      expect(await sdk.call('admin.workspaces.create', asked)).toMatchObject({ id });
      const other = { ...asked, description: 'Others.' };
      expect(await sdk.refusal('admin.workspaces.create', other)).toBe('409 AB07 WORKSPACE_NAME_TAKEN');
      for (const workspaceId of [id, created['slug']])
        expect(await sdk.call('admin.workspaces.retrieve', { workspaceId })).toMatchObject({ id, users: [] });
      const paged = await sdk.call('admin.workspaces.list', { page_size: 1, current_page: 1 });
      expect(paged).toMatchObject({ object: 'list', data: [{ object: 'workspace' }] });
      expect(paged['total']).toBeGreaterThan(1);
      const exact = await sdk.call('admin.workspaces.list', { exact_name: name });
      expect(exact).toMatchObject({ total: 1, data: [{ id }] });

      const changed = { name: `${name} too`, defaults: { metadata: { team: 'b' } } };
      await sdk.call('admin.workspaces.update', { workspaceId: id, ...changed });
      const read = await sdk.call('admin.workspaces.retrieve', { workspaceId: id });
      expect(read).toMatchObject({ ...changed, description: 'For tests.' });

      const named = { workspaceId: id, name: 'another' };
      expect(await sdk.refusal('admin.workspaces.delete', named)).toBe('400 AB01 REQUEST_INVALID');
      await sdk.call('admin.workspaces.delete', { ...named, name: changed.name });
      expect(await sdk.refusal('admin.workspaces.retrieve', { workspaceId: id })).toBe(
        '404 AB08 WORKSPACE_UNKNOWN',
      );
    });

    it('has users and invites', async () => {
      const email = `ann-${randomBytes(4).toString('hex')}@example.com`;
      const workspaces = [{ id: workspaceId, role: 'member' }];
      const keys = { workspace_api_key_details: { scopes: ['completions.write'] } };
      const withKey = { email, role: 'member', workspaces, ...keys };
      expect(await sdk.refusal('admin.users.invites.create', withKey)).toBe('400 AB01 UNSUPPORTED');
      const invited = await sdk.call('admin.users.invites.create', { email, role: 'member', workspaces });
      const inviteId = String(invited['id']);
      expect(await sdk.call('admin.users.invites.retrieve', { inviteId })).toMatchObject({
        ...{ id: inviteId, email, role: 'member', status: 'pending', accepted_at: null },
      });
      const listed = await sdk.call('admin.users.invites.list', { email, pageSize: 5 });
      expect(listed).toMatchObject({ total: 1, data: [{ id: inviteId }] });
      const resent = await sdk.call('admin.users.invites.resend', { inviteId });
      const userId = await accepted(String(resent['inviteLink']));

      const user = { id: userId, first_name: 'Ann', last_name: 'of Tests', role: 'member', email };
      const whole = { ...user, workspace_ids: [workspaceId] };
      await eventually(async () =>
        expect(await sdk.call('admin.users.retrieve', { userId })).toMatchObject(whole),
      );
      const found = await sdk.call('admin.users.list', { email, currentPage: 0, pageSize: 10 });
      expect(found).toMatchObject({ total: 1, data: [whole] });
      const users = await sdk.call('admin.workspaces.users.list', { workspaceId });
      expect(users).toMatchObject({ total: 1, data: [{ id: userId, role: 'member', org_role: 'member' }] });

      await sdk.call('admin.workspaces.users.update', { workspaceId, userId, role: 'admin' });
      const inWorkspace = { workspaceId, userId };
      expect(await sdk.call('admin.workspaces.users.retrieve', inWorkspace)).toMatchObject({ role: 'admin' });
      await sdk.call('admin.workspaces.users.delete', inWorkspace);
      expect(await sdk.refusal('admin.workspaces.users.retrieve', inWorkspace)).toBe(
        '404 AB08 MEMBER_UNKNOWN',
      );
      await sdk.call('admin.workspaces.users.create', {
        workspaceId,
        users: [{ id: userId, role: 'member' }],
      });
      expect(await sdk.call('admin.workspaces.users.retrieve', inWorkspace)).toMatchObject({
        role: 'member',
      });

      await sdk.call('admin.users.update', { userId, role: 'admin' });
      expect(await sdk.call('admin.users.retrieve', { userId })).toMatchObject({ ...whole, role: 'admin' });
      await sdk.call('admin.users.delete', { userId });
      expect(await sdk.refusal('admin.users.retrieve', { userId })).toBe('404 AB08 MEMBER_UNKNOWN');

      const other = await sdk.call('admin.users.invites.create', { email, role: 'member', workspaces: [] });
      await sdk.call('admin.users.invites.delete', { inviteId: other['id'] });
      expect(await sdk.call('admin.users.invites.retrieve', { inviteId: other['id'] })).toMatchObject({
        status: 'cancelled',
      });
    });

    it('has API keys', async () => {
      const budget = { type: 'cost', credit_limit: 5, periodic_reset: 'weekly' };
      const said = {
        ...{ name: `key-${randomBytes(4).toString('hex')}`, workspace_id: workspaceId },
        scopes: ['providers.list', 'completions.write'],
        ...{ usage_limits: budget, rate_limits: [{ type: 'requests', unit: 'rpm', value: 30 }] },
      };
      const created = await sdk.call('apiKeys.create', { type: 'workspace', 'sub-type': 'service', ...said });
      const { id, key } = created as { id: string; key: string };
      expect(created).toMatchObject({ id: expect.stringMatching(/^key_/), object: 'api-key' });
      // As a client does that got no answer: the key is answered again.
      const again = await sdk.call('apiKeys.create', { type: 'workspace', 'sub-type': 'service', ...said });
      expect(again).toMatchObject({ id, key });
      await eventually(async () => expect(await product.gateway(key).models()).toBeDefined());

      const whole = { ...said, id, type: 'workspace-service', status: 'active', object: 'api-key' };
      const read = await sdk.call('apiKeys.retrieve', { id });
      expect(read).toMatchObject(whole);
      expect(JSON.stringify(read)).not.toContain(key);
      const listed = await sdk.call('apiKeys.list', { workspace_id: workspaceId, page_size: 100 });
      expect((listed['data'] as Rows).map((row) => row['id'])).toContain(id);

      const usage_limits = { ...budget, credit_limit: 7.5 };
      await sdk.call('apiKeys.update', { id, name: said.name, usage_limits });
      expect(await sdk.call('apiKeys.retrieve', { id })).toMatchObject({ ...whole, usage_limits });
      expect(await sdk.refusal('apiKeys.update', { id, name: 'another' })).toBe('400 AB01 UNSUPPORTED');

      await sdk.call('apiKeys.delete', { id });
      expect(await sdk.refusal('apiKeys.retrieve', { id })).toBe('404 AB08 API_KEY_UNKNOWN');
    });

    it('has providers', async () => {
      const slug = newSlug();
      await sdk.call('integrations.create', selfHosted(slug));
      const budget = { type: 'cost', credit_limit: 5, periodic_reset: 'weekly' };
      const rate = { type: 'requests', unit: 'rpm', value: 30 };
      const named = { slug: `${slug}-own`, workspace_id: workspaceId };
      const asked = { ...named, name: slug, integration_id: slug, usage_limits: budget, rate_limits: rate };
      const created = await sdk.call('providers.create', asked);
      const { id } = created;
      expect(created).toMatchObject({ id: expect.stringMatching(/^prv_/), slug: named.slug });
      // As a client does that got no answer.
      expect(await sdk.call('providers.create', asked)).toMatchObject({ id });
      expect(await sdk.refusal('providers.create', { ...asked, name: 'Another' })).toBe(
        '409 AB07 ALREADY_PROVISIONED',
      );
      const integration = await sdk.call('integrations.retrieve', { slug });
      const whole = {
        ...{ ...named, id, name: slug, integration_id: integration['id'], ai_provider_name: 'self-hosted' },
        ...{ usage_limits: budget, rate_limits: [rate], status: 'active', expires_at: null },
        ...{ note: null, object: 'provider' },
      };
      expect(await sdk.call('providers.retrieve', named)).toMatchObject(whole);
      expect(await sdk.call('providers.retrieve', { slug: id })).toMatchObject(whole);

      const changes = { usage_limits: { ...budget, credit_limit: 7.5 }, rate_limits: null };
      const end = '2999-01-02T03:04:05.000Z';
      await sdk.call('providers.update', { ...named, ...changes, expires_at: end, reset_usage: true });
      const changed = { ...whole, ...changes, expires_at: end };
      expect(await sdk.call('providers.retrieve', named)).toMatchObject(changed);
      const listed = await sdk.call('providers.list', { workspace_id: workspaceId, page_size: 100 });
      expect((listed['data'] as Rows).find((row) => row['id'] === id)).toMatchObject(changed);
      expect(await sdk.refusal('providers.update', { ...named, note: 'Mine.' })).toBe(
        '400 AB01 REQUEST_INVALID',
      );

      await sdk.call('providers.delete', named);
      for (const one of [named, { slug: id }])
        expect(await sdk.refusal('providers.retrieve', one)).toBe('404 AB08 PROVISION_UNKNOWN');
      // One that is there again has nothing of what it had.
      const { usage_limits: _usage, rate_limits: _rate, slug: _own, ...plain } = asked;
      expect(await sdk.call('providers.create', plain)).toMatchObject({ id, slug });
      expect(await sdk.call('providers.retrieve', { slug, workspace_id: workspaceId })).toMatchObject({
        ...{ slug, usage_limits: null, rate_limits: null, expires_at: null },
      });
      await sdk.call('providers.delete', { slug: id });
      await sdk.call('integrations.delete', { slug });
    });

    it('calls a provider so that came with the access of a workspace', async () => {
      const slug = newSlug();
      await sdk.call('integrations.create', selfHosted(slug));
      const usage = { type: 'cost', credit_limit: 10, alert_threshold: null };
      const access = { id: workspaceId, enabled: true, usage_limits: [usage] };
      await sdk.call('integrations.workspaces.update', { slug, workspaces: [access] });
      const asked = { name: `${slug} of ours`, integration_id: slug, workspace_id: workspaceId };
      const { id } = await sdk.call('providers.create', asked);
      const named = { slug, workspace_id: workspaceId };
      expect(await sdk.call('providers.retrieve', named)).toMatchObject({ id, usage_limits: usage });
      expect(await sdk.refusal('providers.create', { ...asked, name: 'Another' })).toBe(
        '409 AB07 ALREADY_PROVISIONED',
      );
      await sdk.call('providers.delete', named);
      await sdk.call('integrations.delete', { slug });
    });

    it('has virtual keys', async () => {
      const usage_limits = { type: 'cost', credit_limit: 5, periodic_reset: null };
      const asked = { name: newSlug(), provider: 'openai', key: 'sk-none', workspace_id: workspaceId };
      const created = await sdk.call('virtualKeys.create', { ...asked, usage_limits });
      const { id, slug } = created as { id: string; slug: string };
      expect(created).toMatchObject({ success: true, data: { id, slug } });
      expect(await sdk.call('virtualKeys.create', { ...asked, usage_limits })).toMatchObject({ id });
      const whole = { id, slug, name: asked.name, ai_provider_name: 'openai', object: 'virtual-key' };
      const read = await sdk.call('virtualKeys.retrieve', { slug });
      expect(read).toMatchObject({ ...whole, usage_limits });
      expect(await sdk.call('integrations.retrieve', { slug })).toMatchObject({
        ...{ type: 'workspace', workspace_id: workspaceId },
      });
      await sdk.call('virtualKeys.update', { slug, name: `${asked.name} too`, key: 'sk-other' });
      const listed = await sdk.call('virtualKeys.list', { workspace_id: workspaceId });
      const row = (listed['data'] as Rows).find((one) => one['id'] === id);
      expect(row).toMatchObject({ ...whole, name: `${asked.name} too` });
      await sdk.call('virtualKeys.delete', { slug });
      expect(await sdk.refusal('virtualKeys.retrieve', { slug })).toBe('404 AB08 PROVISION_UNKNOWN');
      expect(await sdk.refusal('integrations.retrieve', { slug })).toBe('404 AB08 INTEGRATION_UNKNOWN');

      const ofAll = newSlug();
      await sdk.call('integrations.create', selfHosted(ofAll));
      const provided = { name: ofAll, integration_id: ofAll, workspace_id: workspaceId };
      await sdk.call('providers.create', provided);
      expect(await sdk.refusal('virtualKeys.update', { slug: ofAll, key: 'sk-mine' })).toBe(
        '400 AB01 UNSUPPORTED',
      );
      await sdk.call('virtualKeys.delete', { slug: ofAll });
      expect(await sdk.call('integrations.retrieve', { slug: ofAll })).toMatchObject({ slug: ofAll });
      await sdk.call('integrations.delete', { slug: ofAll });
    });

    it('has analytics', async () => {
      const day = 86_400_000;
      const time_of_generation_min = new Date(Date.now() - day).toISOString();
      const time_of_generation_max = new Date(Date.now() + 60_000).toISOString();
      const times = { time_of_generation_min, time_of_generation_max };
      const cost = await sdk.call('analytics.graphs.cost', times);
      expect(cost).toMatchObject({ object: 'analytics-graph', summary: { total: expect.any(Number) } });
      const rate = { object: 'analytics-graph', summary: { rate: expect.any(Number) } };
      expect(await sdk.call('analytics.graphs.errors_rate', times)).toMatchObject(rate);
      expect(await sdk.call('analytics.graphs.requests', { ...times, ...inWorkspace() })).toMatchObject({
        ...{ summary: { total: 0 }, data_points: [] },
      });
      expect(await sdk.call('analytics.groups.aiModels', times)).toMatchObject({ object: 'list' });
      expect(await sdk.call('analytics.graphs.cache_hit_rate', times)).toMatchObject({
        summary: { rate: 0 },
      });
      const refused = { ...times, cost_min: 1 };
      expect(await sdk.refusal('analytics.graphs.cost', refused)).toBe('400 AB01 UNSUPPORTED');
    });

    const inWorkspace = () => ({ workspace_slug: workspaceId });

    it('takes nobody for somebody else', async () => {
      const slug = newSlug();
      expect(await sdk.refusal('integrations.list', {}, 'gh_nobody')).toBe('401 AB05 CREDENTIALS_UNKNOWN');
      const { apiKey } = product.first;
      expect(await sdk.refusal('integrations.list', {}, apiKey)).toMatch(/^403 AB03 /);
      expect(await sdk.refusal('integrations.create', selfHosted(slug), apiKey)).toMatch(/^403 AB03 /);
      expect(await sdk.refusal('integrations.retrieve', { slug })).toBe('404 AB08 INTEGRATION_UNKNOWN');
    });
  });

  describe('lets the admin of a workspace', () => {
    /** What requests need beside the workspace that they name. */
    const QUERIES: Readonly<Record<string, string>> = {
      'GET /v1/gatehouse/integrations/{integration}/preview': '&change=disable',
      'GET /v1/gatehouse/usage/export': '&month=2026-01',
      'DELETE /v1/gatehouse/integrations/{integration}/custom-models': '&model=m',
      'DELETE /v1/gatehouse/integrations/{integration}/price-overrides': '&model=m',
    };
    const TIMES = '&time_of_generation_min=2030-01-01T00:00:00Z&time_of_generation_max=2030-01-02T00:00:00Z';
    /** What of another is told as there being none. */
    const LISTS = ['GET /v1/gatehouse/scopes/{scope}/limits'];
    /** What is nobody's in particular: every caller is told the same. */
    const FACTS = [
      'GET /v1/gatehouse/providers',
      'GET /v1/gatehouse/providers/{name}',
      'GET /v1/gatehouse/providers/{name}/models',
    ];
    const NOBODY = '0'.repeat(26);
    let own: string;
    let key: string;
    let operations: readonly { readonly method: string; readonly url: string }[];
    /** What another workspace and the organization have. */
    let theirs: Readonly<Record<string, string>>;
    let bodies: Readonly<Record<string, object>>;
    /** What is asked of lists that are of no workspace. */
    const OF_NO_WORKSPACE: Readonly<Record<string, string>> = {
      '/v1/audit-logs': '?start_time=2026-01-01T00:00:00Z&end_time=2027-01-01T00:00:00Z',
    };

    const rest = (method: string, path: string, as: string, body?: object) =>
      new RestClient(product.gatewayUrl, as).ask(method, path, body);
    const admin = async (method: string, path: string, body?: object): Promise<AdminAnswer> => {
      const [status, answer] = await rest(method, path, product.first.adminKey, body);
      expect([status, answer]).toEqual([200, expect.anything()]);
      return answer;
    };

    beforeAll(async () => {
      const name = `own-${randomBytes(4).toString('hex')}`;
      own = String((await admin('POST', '/v1/admin/workspaces', { name }))['id']);
      const ofAdmin = { name, workspace_id: own, scopes: ['workspaces.read', 'completions.write'] };
      // All that its role has.
      const issued = await product.control().apiKeys.issueApiKey(
        provisioningV1.IssueApiKeyRequest.fromPartial({
          ...{ ...newCommand(), name, role: provisioningV1.ApiKeyRole.WORKSPACE_ADMIN },
          workspaceId: own,
        }),
      );
      key = issued.secret;
      await eventually(async () =>
        expect((await rest('GET', `/v1/admin/workspaces/${NOBODY}`, key))[0]).toBe(403),
      );
      const slug = `theirs-${randomBytes(4).toString('hex')}`;
      const connection = {
        ...{ name: 'Theirs', slug, ai_provider_id: 'self-hosted', key: 'k' },
        configurations: { custom_host: `${product.first.simulator}/v1` },
      };
      await admin('POST', '/v1/integrations', connection);
      const policy = {
        ...{ type: 'tokens', credit_limit: 5, unit: 'rpm', value: 5, group_by: [{ key: 'api_key' }] },
        conditions: [{ key: 'workspace_id', value: workspaceId }],
      };
      const reference = { name: slug, manager_type: 'environment', secret_path: 'THEIRS' };
      await admin('POST', '/v1/secret-references', reference);
      const provider = { name: 'Theirs', integration_id: slug, workspace_id: workspaceId };
      await admin('POST', '/v1/providers', provider);
      const theirKey = {
        ...ofAdmin,
        name: 'Theirs',
        workspace_id: workspaceId,
        scopes: ['completions.write'],
      };
      const { id } = await admin('POST', '/v1/api-keys/workspace/service', theirKey);
      const roles = { email: `${slug}@example.com`, role: 'member' };
      const invite = await admin('POST', '/v1/admin/users/invites', roles);
      theirs = {
        ...{ slug, id: String(id), workspace: workspaceId, invite: String(invite['id']) },
        ...{ user: `mbr_${NOBODY}`, holder: 'workspace', kind: 'service' },
        ...{ integration: slug, alias: 'theirs', draft: `drf_${NOBODY}` },
        ...{ metric: 'errors', part: 'rate', by: 'users', key: 'team' },
        ...{ scope: workspaceId, limit: `lim_${NOBODY}`, proposal: `prp_${NOBODY}`, bulk: `blk_${NOBODY}` },
      };
      const ownConnection = {
        ...{ provider: 'self-hosted', custom_host: `${product.first.simulator}/v1` },
        credential: { api_key: 'k' },
      };
      const deployment = { alias: 'a', deployment_name: 'd', api_version: 'v1', model: 'gpt-4o' };
      bodies = {
        'POST /v1/integrations': { ...connection, slug: `${slug}-2`, workspace_id: workspaceId },
        'PUT /v1/integrations/{slug}': { name: 'Mine' },
        'PUT /v1/integrations/{slug}/workspaces': { workspaces: [{ id: own, enabled: true }] },
        'PUT /v1/integrations/{slug}/models': { allow_all_models: false, models: [] },
        'DELETE /v1/integrations/{slug}/models': { models: ['sim-small'] },
        'POST /v1/admin/workspaces': { name: `${name} too` },
        'PUT /v1/admin/workspaces/{workspace}': { name: 'Mine' },
        'PUT /v1/admin/users/{user}': { role: 'admin' },
        'POST /v1/admin/users/invites': { ...roles, email: `2${roles.email}` },
        'POST /v1/admin/workspaces/{workspace}/users': { users: [{ id: `mbr_${NOBODY}`, role: 'admin' }] },
        'PUT /v1/admin/workspaces/{workspace}/users/{user}': { role: 'admin' },
        'POST /v1/api-keys/{holder}/{kind}': theirKey,
        ...Object.fromEntries(
          ['usage-limits', 'rate-limits'].flatMap((kind) => [
            [`POST /v1/policies/${kind}`, policy],
            [`PUT /v1/policies/${kind}/{id}`, { name: 'Mine' }],
          ]),
        ),
        'POST /v1/secret-references': reference,
        'PUT /v1/secret-references/{slug}': { secret_path: 'mine' },
        'POST /v1/providers': provider,
        'PUT /v1/providers/{slug}': { name: 'Mine' },
        'POST /v1/virtual-keys': { name: 'Mine', provider: 'openai', key: 'k', workspace_id: workspaceId },
        'PUT /v1/virtual-keys/{slug}': { name: 'Mine' },
        'PUT /v1/api-keys/{id}': { usage_limits: null, rate_limits: null },
        'POST /v1/gatehouse/drafts': ownConnection,
        'POST /v1/gatehouse/integrations': {
          ...{ ...ownConnection, name: 'Mine', slug: `${slug}-3`, owner_workspace_id: workspaceId },
        },
        'POST /v1/gatehouse/integrations/{integration}/deployments': deployment,
        'PUT /v1/gatehouse/integrations/{integration}/deployments/{alias}': deployment,
        'PUT /v1/gatehouse/integrations/{integration}/auto-provision': { enabled: true },
        'PUT /v1/gatehouse/integrations/{integration}/custom-models': { name: 'm' },
        'PUT /v1/gatehouse/integrations/{integration}/price-overrides': { model: 'm', rates: { input: '1' } },
        'PUT /v1/gatehouse/scopes/{scope}/configured-limits': { limits: [] },
        'POST /v1/gatehouse/limits/{limit}/reset': { reason: 'mine' },
        'POST /v1/gatehouse/previews': {
          ...{ change: 'workspace-limits', workspace_id: workspaceId, limits: [] },
        },
        'POST /v1/gatehouse/integrations/{integration}/models/preview': { only: ['sim-small'] },
        'PUT /v1/gatehouse/approval-policy': { required: true },
      };
      const { paths } = (await admin('GET', '/v1/openapi.json')) as { paths: Record<string, object> };
      operations = Object.entries(paths).flatMap(([url, of]) =>
        Object.keys(of).map((method) => ({ method: method.toUpperCase(), url })),
      );
    }, START_MS);

    it('at nothing of another workspace or of the organization, on every route there is', async () => {
      const before = (await product.control().history()).length;
      const answered: Record<string, number> = {};
      for (const { method, url } of operations.filter((one) => !FACTS.includes(`${one.method} ${one.url}`))) {
        const path = url.replace(/\{(\w+)\}/g, (_whole, name: string) => theirs[name] ?? `no ${name}`);
        const asked = QUERIES[`${method} ${url}`] ?? (url.startsWith('/v1/analytics/') ? TIMES : '');
        const ofTheirs = `?workspace_id=${workspaceId}&workspace_slug=${workspaceId}${asked}`;
        const query = method === 'GET' ? (OF_NO_WORKSPACE[url] ?? ofTheirs) : asked.replace('&', '?');
        const [status, body] = await rest(method, `${path}${query}`, key, bodies[`${method} ${url}`]);
        if (LISTS.includes(`${method} ${url}`)) {
          expect([status, body]).toEqual([200, { object: 'list', total: 0, data: [] }]);
          continue;
        }
        answered[`${method} ${url}`] = status;
        expect([method, url, body]).toEqual([method, url, expect.objectContaining({ success: false })]);
      }
      expect(operations.length).toBeGreaterThan(25);
      expect(Object.entries(answered).filter(([, status]) => status !== 403 && status !== 404)).toEqual([]);
      expect((await product.control().history()).length).toBe(before);
    });

    it.each(FACTS)('%s', async (operation) => {
      const [method = '', url = ''] = operation.replace('{name}', 'openai').split(' ');
      const [status, answer] = await rest(method, url, key);
      expect([status, answer]).toEqual([200, await admin(method, url)]);
    });

    it('read its own workspace, but not who is a member', async () => {
      const [status, answer] = await rest('GET', `/v1/admin/workspaces/${own}`, key);
      expect([status, answer]).toMatchObject([200, { id: own, users: null }]);
    });

    it('connect for its own workspace, and read what that calls', async () => {
      const asked = { name: 'Mine', provider: 'openai', key: 'sk-none', workspace_id: own };
      const [, created] = await rest('POST', '/v1/virtual-keys', key, asked);
      expect(created).toMatchObject({ success: true, id: expect.stringMatching(/^prv_/) });
      const [, listed] = await rest('GET', '/v1/providers', key);
      expect(listed).toMatchObject({ total: 1, data: [{ id: created['id'], status: 'active' }] });
      await admin('DELETE', `/v1/virtual-keys/${created['slug']}`);
      expect((await rest('GET', '/v1/providers', key))[1]).toMatchObject({ total: 0, data: [] });
    });

    it('connect for its own workspace, and say what for', async () => {
      const slug = `mine-${randomBytes(4).toString('hex')}`;
      const asked = {
        name: 'Mine',
        slug,
        ai_provider_id: 'openai',
        key: 'sk-none',
        description: 'For spring.',
      };
      const [status, created] = await rest('POST', '/v1/integrations', key, { ...asked, workspace_id: own });
      expect([status, created]).toMatchObject([200, { slug, id: expect.stringMatching(/^int_/) }]);
      const shown = await admin('GET', `/v1/integrations/${slug}`);
      expect(shown).toMatchObject({ workspace_id: own, description: 'For spring.', workspace_count: 1 });
      await admin('DELETE', `/v1/integrations/${slug}`);
    });

    it('connect for its own workspace at our own route, and be told what became of it', async () => {
      const slug = `mine-${randomBytes(4).toString('hex')}`;
      const asked = { name: 'Mine', slug, provider: 'openai', credential: { api_key: 'sk-none' } };
      const [status, created] = await rest('POST', '/v1/gatehouse/integrations', key, asked);
      expect([status, created]).toMatchObject([200, { slug, workspace: { id: own }, workspace_count: null }]);
      await admin('DELETE', `/v1/gatehouse/integrations/${slug}?force=true`);
    });

    it.each([
      ['service', 'SCOPE_MISSING'],
      // It has no person behind it, whatever the key would be.
      ['user', 'CALLER_IS_NO_MEMBER'],
    ])('issue no key of the organization, of a %s', async (kind, reason) => {
      const body = { name: 'Mine', scopes: [] };
      const [, answer] = await rest('POST', `/v1/api-keys/organisation/${kind}`, key, body);
      expect(answer).toMatchObject({ success: false, data: { reason } });
    });
  });
});
