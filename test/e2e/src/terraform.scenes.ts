import { randomBytes } from 'node:crypto';
import type { AdminAnswer } from './admin-sdk';
import { ControlPlane, newCommand } from './control-plane';
import type { Product } from './product';
import { RestClient } from './rest-client';
import { sharedProduct } from './shared-product';
import { type Exchange, TERRAFORM_WIRES, type Wire } from './terraform-wire';

const START_MS = 120_000;
/** As many as the provider sends at once. */
const PARALLEL = 10;

describe("what Portkey's Terraform provider sends", () => {
  let product: Product;
  let admin: RestClient;
  /** What stands for the names in the exchanges. */
  const kept: Record<string, string> = {};

  beforeAll(async () => {
    product = await sharedProduct();
    admin = new RestClient(product.gatewayUrl, product.first.adminKey);
    const run = `tf-${randomBytes(4).toString('hex')}`;
    const integration = { name: run, slug: run, ai_provider_id: 'openai', key: 'sk-none' };
    const connected = await admin.done('POST', '/v1/integrations', integration);
    const workspace = await admin.done('POST', '/v1/admin/workspaces', { name: run });
    const invited = { email: `${run}@example.com`, role: 'member' };
    const invite = await admin.done('POST', '/v1/admin/users/invites', invited);
    const person = new ControlPlane(product.first.grpc, { apiKey: String(invite['invite_link']) });
    const { member } = await person.members.acceptInvite({ ...newCommand(), name: run });
    person.close();
    Object.assign(kept, {
      ...{ run, integration: run, integration_id: connected['id'], user: member?.id },
      ...{ workspace: workspace['id'], workspace_slug: workspace['slug'] },
    });
  }, START_MS);

  /** With what was kept in place of its names, wherever they are. */
  const filled = <T>(value: T): T => {
    if (typeof value === 'string')
      return value.replace(/\{(\w+)\}/g, (_whole, name: string) => kept[name] ?? `no ${name}`) as T;
    if (Array.isArray(value)) return value.map(filled) as T;
    if (Object.getPrototypeOf(value ?? 0) !== Object.prototype) return value;
    return Object.fromEntries(Object.entries(value as object).map(([key, one]) => [key, filled(one)])) as T;
  };

  const replay = async ({ ask, body, status = 200, ...needs }: Exchange): Promise<void> => {
    const [method = '', path = ''] = filled(ask).split(' ');
    const [answered, answer] = await admin.ask(method, `/v1${path}`, body && filled(body));
    expect([method, path, answered, answer]).toEqual([method, path, status, expect.anything()]);
    expect(undecodable(answer)).toEqual([]);
    if (needs.answers) expect(answer).toMatchObject(filled(needs.answers));
    if (needs.says !== undefined) expect(JSON.stringify(answer)).toContain(needs.says);
    for (const [name, field] of Object.entries(needs.keeps ?? {})) kept[name] = String(answer[field]);
    if (needs.row) rowIs(answer, filled(needs.row));
  };

  it.each(TERRAFORM_WIRES.map((wire): [string, Wire] => [wire.resource, wire]))(
    'is answered as it needs for %s',
    async (_name, { exchanges }) => {
      for (const exchange of exchanges) await replay(exchange);
    },
  );

  it('is about the resources that the API has', () => {
    expect(TERRAFORM_WIRES.map(({ resource }) => resource)).toEqual([
      ...['workspace', 'workspace_member', 'user_invite', 'integration', 'integration_workspace_access'],
      ...['integration_model_access', 'api_key', 'provider', 'usage_limits_policy', 'rate_limits_policy'],
    ]);
  });

  it('names one model in each of ten requests at once, and finds all of them', async () => {
    const path = `/v1/integrations/${kept['integration']}/models`;
    const slugs = Array.from({ length: PARALLEL }, (_, index) => `tuned-${index}`);
    const models = slugs.map((slug) => ({
      ...{ slug, enabled: true, is_custom: true, base_model_slug: 'gpt-4o-mini' },
    }));
    const asked = await Promise.all(models.map((model) => admin.ask('PUT', path, { models: [model] })));
    expect(asked.map(([status]) => status)).toEqual(slugs.map(() => 200));
    const { models: listed } = (await admin.get(path)) as unknown as { models: AdminAnswer[] };
    expect(listed.filter(({ is_custom }) => is_custom).map(({ slug }) => slug)).toEqual(slugs);
  });

  it('names one workspace in each of ten requests at once, and finds all of them', async () => {
    const path = `/v1/integrations/${kept['integration']}/workspaces`;
    const made = await Promise.all(
      Array.from({ length: PARALLEL }, (_, index) =>
        admin.done('POST', '/v1/admin/workspaces', { name: `${kept['run']} ${index}` }),
      ),
    );
    const ids = made.map(({ id }) => String(id));
    const access = ids.map((id) => ({ workspaces: [{ id, enabled: true }] }));
    const asked = await Promise.all(access.map((body) => admin.ask('PUT', path, body)));
    expect(asked.map(([status]) => status)).toEqual(ids.map(() => 200));
    const { workspaces } = (await admin.get(path)) as unknown as { workspaces: AdminAnswer[] };
    const enabled = workspaces.filter((row) => row['enabled']).map(({ id }) => id);
    expect(ids.filter((id) => !enabled.includes(id))).toEqual([]);
  });

  it('finds gone what somebody else has taken away', async () => {
    const asked = {
      name: `${kept['run']} gone`,
      workspace_id: kept['workspace'],
      scopes: ['providers.list'],
    };
    const { id } = await admin.done('POST', '/v1/api-keys/workspace/service', asked);
    const { apiKeys } = product.control();
    const { position } = await apiKeys.revokeApiKey({ ...newCommand(), apiKeyId: String(id) });
    // Who takes it away is not who reads: nobody has waited for it yet.
    await apiKeys.getApiKey({ apiKeyId: String(id), atLeastPosition: position });
    await replay({ ask: `GET /api-keys/${String(id)}`, status: 404, says: 'not found' });
  });
});

const rowIs = (answer: AdminAnswer, { of, named, has }: NonNullable<Exchange['row']>): void => {
  const rows = answer[of] as readonly AdminAnswer[];
  const row = rows.find(({ id, slug }) => id === named || slug === named);
  if (has === undefined) expect(row).toBeUndefined();
  else expect(row).toMatchObject(has);
};

/** Of an answer, the times that Go does not read. */
const undecodable = (value: unknown, field = ''): readonly string[] => {
  if (Array.isArray(value)) return value.flatMap((one) => undecodable(one, field));
  if (typeof value === 'object' && value !== null)
    return Object.entries(value).flatMap(([name, one]) => undecodable(one, name));
  if (!field.endsWith('_at') || value === null) return [];
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(String(value))
    ? []
    : [`${field}: ${String(value)}`];
};
