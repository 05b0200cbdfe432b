import { randomBytes } from 'node:crypto';
import { eventually } from '@gatehouse/kernel/testing';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { AdminAnswer } from './admin-sdk';
import { newCommand } from './control-plane';
import type { Product } from './product';
import { RestClient } from './rest-client';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
const REFERENCES = '/v1/secret-references';

describe("what the REST admin API has that Portkey's SDKs have not", () => {
  let product: Product;
  let admin: RestClient;

  beforeAll(async () => {
    product = await sharedProduct();
    admin = new RestClient(product.gatewayUrl, product.first.adminKey);
  }, START_MS);

  it('are secret references', async () => {
    const name = `secret-${randomBytes(4).toString('hex')}`;
    const auth_config = { aws_region: 'eu-central-1' };
    const asked = { name, manager_type: 'aws_sm', auth_config, secret_path: 'team/openai' };
    expect(await admin.done('POST', REFERENCES, asked)).toMatchObject({ id: name, slug: name });
    expect(await admin.refusal('POST', REFERENCES, { ...asked, secret_path: 'other' })).toEqual([
      409,
      'SECRET_REFERENCE_EXISTS',
    ]);
    const whole = { ...asked, id: name, slug: name, status: 'active', object: 'secret-reference' };
    expect(await admin.get(`${REFERENCES}/${name}`)).toMatchObject(whole);
    await admin.done('PUT', `${REFERENCES}/${name}`, { secret_path: 'team/other' });
    const listed = await admin.list(`${REFERENCES}?search=${name}&manager_type=aws_sm&page_size=5`);
    expect(listed).toMatchObject({ total: 1, data: [{ ...whole, secret_path: 'team/other' }] });
    const key = { auth_config: { ...auth_config, aws_secret_access_key: 'not-for-us' } };
    for (const [method, path] of [
      ['POST', REFERENCES],
      ['PUT', `${REFERENCES}/${name}`],
    ] as const) {
      const [status, answer] = await admin.ask(method, path, { ...asked, ...key });
      expect([status, answer]).toMatchObject([400, { data: { reason: 'UNSUPPORTED' } }]);
      expect(JSON.stringify(answer)).not.toContain('not-for-us');
    }
    expect(await admin.refusal('POST', REFERENCES, { ...asked, manager_type: 'azure_kv' })).toEqual([
      400,
      'REQUEST_INVALID',
    ]);
    await admin.done('DELETE', `${REFERENCES}/${name}`);
    expect(await admin.refusal('GET', `${REFERENCES}/${name}`)).toEqual([404, 'SECRET_REFERENCE_UNKNOWN']);
  });

  it('are integrations whose keys are secrets elsewhere', async () => {
    const [name, slug] = [0, 1].map(() => `mapped-${randomBytes(4).toString('hex')}`);
    const place = {
      manager_type: 'aws_sm',
      auth_config: { aws_region: 'eu-central-1' },
      secret_path: 'team',
    };
    await admin.done('POST', REFERENCES, { name, ...place });
    const mapping = { target_field: 'key', secret_reference_id: name, secret_key: 'OPENAI' };
    const asked = { name: 'Mapped', slug, ai_provider_id: 'openai', secret_mappings: [mapping] };
    const wrong = {
      ...asked,
      secret_mappings: [{ ...mapping, target_field: 'configurations.openai_project' }],
    };
    expect(await admin.refusal('POST', '/v1/integrations', wrong)).toEqual([400, 'REQUEST_INVALID']);
    await admin.done('POST', '/v1/integrations', asked);
    const url = `/v1/integrations/${slug}`;
    expect(await admin.get(url)).toMatchObject({ slug, secret_mappings: [mapping] });
    const versions = async () =>
      (await admin.get(`/v1/gatehouse/integrations/${slug}`))['credential_version'] as number;
    const before = await versions();
    await admin.done('PUT', url, { name: 'Mapped too', secret_mappings: [mapping] });
    expect([await versions(), await admin.get(url)]).toMatchObject([before, { name: 'Mapped too' }]);
    const whole = { ...mapping, secret_key: null };
    await admin.done('PUT', url, { secret_mappings: [whole] });
    expect([await versions(), await admin.get(url)]).toMatchObject([
      before + 1,
      { secret_mappings: [whole] },
    ]);
    const [none] = await admin.ask('PUT', url, { secret_mappings: [] });
    expect(none).toBe(400);
    expect(await admin.get(url)).toMatchObject({ secret_mappings: [whole] });
    await admin.done('PUT', url, { key: 'sk-none' });
    expect(await admin.get(url)).toMatchObject({ secret_mappings: null });
    await admin.done('DELETE', url);
    await admin.done('DELETE', `${REFERENCES}/${name}`);
  });

  it('are audit logs', async () => {
    const start = new Date(Date.now() - 60_000).toISOString();
    const names = Array.from({ length: 3 }, () => `audited-${randomBytes(4).toString('hex')}`);
    const ids: unknown[] = [];
    for (const name of names) ids.push((await admin.done('POST', '/v1/admin/workspaces', { name }))['id']);
    const logs = async (asked: object): Promise<AdminAnswer> => {
      const window = { start_time: start, end_time: new Date(Date.now() + 60_000).toISOString() };
      return admin.get(`/v1/audit-logs?${String(new URLSearchParams({ ...window, ...asked }))}`);
    };
    const recordsIn = ({ records }: AdminAnswer) => records as readonly AdminAnswer[];
    const all = await logs({ action: 'WorkspaceCreated', page_size: '100' });
    expect(all).toMatchObject({ object: 'analytics-graph', total: recordsIn(all).length });
    const made = recordsIn(all).filter((record) => ids.includes(record['resource_id']));
    expect(made.map((record) => record['resource_id'])).toEqual(ids.toReversed());
    expect(made[0]).toMatchObject({
      ...{ resource_type: 'workspace', user_type: 'api-key', user_id: expect.stringMatching(/^key_/) },
      ...{ method: null, response_status_code: null, client_ip: '127.0.0.1' },
    });
    const last = recordsIn(all).length - 1;
    const page = { action: 'WorkspaceCreated', page_size: '1', current_page: String(last) };
    expect(recordsIn(await logs(page))).toEqual(recordsIn(all).slice(-1));
    const request_id = String(made[1]?.['request_id']);
    expect(recordsIn(await logs({ request_id }))).toContainEqual(made[1]);
    expect(await logs({ user_id: `key_${'0'.repeat(26)}` })).toMatchObject({ total: 0, records: [] });
    await expect(logs({ method: 'POST' })).rejects.toThrow('400');
    await expect(logs({ page_size: '101' })).rejects.toThrow('400');
  });

  it('are made anew where what was made is gone, whoever took it away', async () => {
    const name = `anew-${randomBytes(4).toString('hex')}`;
    const workspace_id = product.first.workspace;
    const key = { name, provider: 'openai', key: 'sk-x', workspace_id };
    const slugOf = ({ data }: AdminAnswer) => String((data as AdminAnswer)['slug']);
    const slug = slugOf(await admin.done('POST', '/v1/virtual-keys', key));
    expect(slugOf(await admin.done('POST', '/v1/virtual-keys', key))).toBe(slug);
    await admin.done('DELETE', `/v1/integrations/${slug}`);
    const again = slugOf(await admin.done('POST', '/v1/virtual-keys', key));
    await admin.get(`/v1/virtual-keys/${again}?workspace_id=${workspace_id}`);
    const connection = { name, ai_provider_id: 'openai', key: 'sk-y' };
    const integration = String((await admin.done('POST', '/v1/integrations', connection))['slug']);
    const provider = { name, integration_id: integration, workspace_id };
    await admin.done('POST', '/v1/providers', provider);
    const disabled = { workspaces: [{ id: workspace_id, enabled: false }] };
    await admin.done('PUT', `/v1/integrations/${integration}/workspaces`, disabled);
    await admin.done('POST', '/v1/providers', provider);
    await admin.get(`/v1/providers/${integration}?workspace_id=${workspace_id}`);
  });

  it('are not told again to a key that was revoked', async () => {
    const issued = await admin.done('POST', '/v1/api-keys/organisation/service', {
      name: 'gone',
      scopes: [],
    });
    const gone = new RestClient(product.first.console, String(issued['key']));
    const child = { name: 'child', scopes: ['completions.write'] };
    const ask = () => gone.ask('POST', '/v1/api-keys/organisation/service', child);
    const [first, again] = [await ask(), await ask()];
    expect(again).toEqual(first);
    await product
      .control()
      .apiKeys.revokeApiKey(
        provisioningV1.RevokeApiKeyRequest.fromPartial({ ...newCommand(), apiKeyId: String(issued['id']) }),
      );
    await eventually(async () => expect((await ask())[0]).toBe(401));
  });

  it('are no workspaces whose users are not there', async () => {
    const name = `of-nobody-${randomBytes(4).toString('hex')}`;
    const users = [`mbr_${'0'.repeat(26)}`];
    expect(await admin.refusal('POST', '/v1/admin/workspaces', { name, users })).toEqual([
      404,
      'MEMBER_UNKNOWN',
    ]);
    await admin.done('POST', '/v1/admin/workspaces', { name });
  });
});
