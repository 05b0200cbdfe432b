import { eventually } from '@gatehouse/kernel/testing';
import { errorOf } from './gateway-client';
import type { Product } from './product';
import { RestClient } from './rest-client';
import { sharedProduct } from './shared-product';
import { newTeam, type Team } from './team';

const START_MS = 120_000;
const USAGE = '/v1/policies/usage-limits';
const RATE = '/v1/policies/rate-limits';

describe('policies of the REST admin API', () => {
  let admin: RestClient;
  let product: Product;
  let team: Team;

  beforeAll(async () => {
    product = await sharedProduct();
    admin = new RestClient(product.gatewayUrl, product.first.adminKey);
    team = await newTeam(product, { models: ['sim-small;completion=100'] });
  }, START_MS);

  const subject = () => ({
    conditions: [{ key: 'workspace_id', value: team.workspaceId }],
    group_by: [{ key: 'api_key' }],
  });

  it('give each key of a workspace a budget of its own, which it has spent, and has anew', async () => {
    const asked = {
      ...subject(),
      name: 'Tokens',
      type: 'tokens',
      credit_limit: 5_000,
      alert_threshold: 4_000,
    };
    const { id } = await admin.done('POST', USAGE, asked);
    // As a client does that got no answer, long ago.
    expect(await admin.done('POST', USAGE, { ...asked, workspace_id: team.workspaceId })).toMatchObject({
      id,
    });
    const whole = {
      ...{ ...asked, id, workspace_id: team.workspaceId, status: 'active', object: 'policy-usage-limits' },
      ...{ periodic_reset: null, periodic_reset_days: null, created_at: null },
    };
    expect(await admin.get(`${USAGE}/${id}`)).toMatchObject(whole);
    expect(await admin.list(`${USAGE}?workspace_id=${team.workspaceId}`)).toMatchObject({
      ...{ total: 1, data: [whole] },
    });
    const entities = () => admin.list(`${USAGE}/${id}/entities`);
    const key = { id: team.apiKeyId, value_key: team.apiKeyId };
    await eventually(async () =>
      expect(await entities()).toMatchObject({ total: 1, data: [{ ...key, current_usage: 0 }] }),
    );

    const call = () => team.gateway.chat({ model: team.model(), max_tokens: 200, messages: [MESSAGE] });
    await eventually(async () => expect((await call())?.status).toBe(200));
    await eventually(async () =>
      expect(Number((await entities()).data[0]?.['current_usage'])).toBeGreaterThanOrEqual(100),
    );
    const withUsage = await admin.get(`${USAGE}/${id}?include_usage=true`);
    expect(withUsage['value_key_usage_map']).toEqual({
      [team.apiKeyId]: { current_usage: expect.any(Number), status: 'active' },
    });

    const changes = { name: 'Fewer tokens', credit_limit: 1, conditions: asked.conditions };
    await admin.done('PUT', `${USAGE}/${id}`, { ...changes, alert_threshold: null });
    expect(await admin.get(`${USAGE}/${id}`)).toMatchObject({ ...whole, ...changes, alert_threshold: null });
    await eventually(async () => expect(errorOf(await call())?.code).toBe('budget_exceeded'));
    await eventually(async () => expect((await entities()).data).toMatchObject([{ status: 'exhausted' }]));
    await admin.done('PUT', `${USAGE}/${id}/entities/${team.apiKeyId}/reset`);
    await eventually(async () => expect((await entities()).data).toMatchObject([{ current_usage: 0 }]));

    await admin.done('DELETE', `${USAGE}/${id}`);
    expect(await admin.refusal('GET', `${USAGE}/${id}`)).toEqual([404, 'LIMIT_UNKNOWN']);
    await eventually(async () => expect((await call())?.status).toBe(200));
  });

  it('tell which keys have spent theirs, on whatever page of those they are', async () => {
    const { id } = await admin.done('POST', USAGE, { ...subject(), type: 'tokens', credit_limit: 5_000 });
    const another = { name: 'Another', workspace_id: team.workspaceId, scopes: ['completions.write'] };
    const key = await admin.done('POST', '/v1/api-keys/workspace/service', another);
    const entities = (query: string) => admin.list(`${USAGE}/${String(id)}/entities?${query}`);
    await eventually(async () =>
      expect(await entities('status=active&page_size=1&current_page=1')).toMatchObject({
        ...{ total: 2, data: [{ id: key['id'], status: 'active' }] },
      }),
    );
    expect(await entities('status=exhausted')).toEqual({ total: 0, data: [] });
    await admin.done('DELETE', `/v1/api-keys/${String(key['id'])}`);
    await admin.done('DELETE', `${USAGE}/${String(id)}`);
  });

  it('give each key of a workspace a rate limit of its own', async () => {
    const asked = { ...subject(), type: 'requests', unit: 'rph', value: 1_000 };
    const { id } = await admin.done('POST', RATE, asked);
    const whole = { ...asked, id, name: null, status: 'active', target: 'llm', object: 'policy-rate-limits' };
    expect(await admin.get(`${RATE}/${id}`)).toMatchObject(whole);
    await admin.done('PUT', `${RATE}/${id}`, { name: 'Slow', value: 500, unit: 'rph' });
    expect(await admin.list(`${RATE}?workspace_id=${team.workspaceId}`)).toMatchObject({
      ...{ total: 1, data: [{ ...whole, name: 'Slow', value: 500 }] },
    });
    expect(await admin.refusal('PUT', `${RATE}/${id}`, { unit: 'rpm' })).toEqual([400, 'UNSUPPORTED']);
    await admin.done('DELETE', `${RATE}/${id}`);
    expect(await admin.refusal('DELETE', `${RATE}/${id}`)).toEqual([404, 'LIMIT_UNKNOWN']);
  });

  it('that are made side by side are all there', async () => {
    const many = ['rpm', 'rph', 'rpd'].flatMap((unit) =>
      ['requests', 'tokens'].map((type) => ({ ...subject(), type, unit, value: 9_000 })),
    );
    const made = await Promise.all(many.map((asked) => admin.done('POST', RATE, asked)));
    const { data } = await admin.list(`${RATE}?workspace_id=${team.workspaceId}`);
    expect(data.map(({ id }) => id).toSorted()).toEqual(made.map(({ id }) => id).toSorted());
    await Promise.all(made.map(({ id }) => admin.done('DELETE', `${RATE}/${String(id)}`)));
    expect((await admin.list(`${RATE}?workspace_id=${team.workspaceId}`)).total).toBe(0);
  });

  it.each([
    [USAGE, { conditions: [{ key: 'metadata._user', value: 'a' }] }],
    [USAGE, { group_by: [{ key: 'model' }] }],
    [USAGE, { type: 'requests' }],
    [USAGE, { conditions: [] }],
    [RATE, { unit: 'rpw' }],
    [RATE, { target: 'mcp' }],
  ])('say at %s what they cannot: %p', async (url, otherwise) => {
    const asked = { ...subject(), type: 'tokens', credit_limit: 5, unit: 'rpm', value: 5, ...otherwise };
    const [status, reason] = await admin.refusal('POST', url, asked);
    expect([status, reason]).toEqual([400, expect.stringMatching(/^(UNSUPPORTED|REQUEST_INVALID)$/)]);
  });

  it('are one of a kind', async () => {
    const asked = { ...subject(), type: 'cost', credit_limit: 5 };
    const { id } = await admin.done('POST', USAGE, asked);
    expect(await admin.refusal('POST', USAGE, { ...asked, credit_limit: 6 })).toEqual([
      400,
      'REQUEST_INVALID',
    ]);
    await admin.done('DELETE', `${USAGE}/${String(id)}`);
  });
});

const MESSAGE = { role: 'user', content: 'How are you?' };
