import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { eventually } from '@gatehouse/kernel/testing';
import type { Product } from './product';
import { RestClient } from './rest-client';
import { sharedProduct } from './shared-product';
import { newTeam } from './team';

const START_MS = 120_000;
const WORKSPACES = '/v1/admin/workspaces';

describe("limits by Portkey's shapes beside our own", () => {
  let product: Product;
  let admin: RestClient;

  beforeAll(async () => {
    product = await sharedProduct();
    admin = new RestClient(product.gatewayUrl, product.first.adminKey);
  }, START_MS);

  const newName = () => `limits-${randomBytes(4).toString('hex')}`;
  const newWorkspace = async (said: object = {}): Promise<string> =>
    String((await admin.done('POST', WORKSPACES, { name: newName(), ...said }))['id']);
  const configured = (scope: string) => `/v1/gatehouse/scopes/${scope}/configured-limits`;

  it('are listed, however large one is', async () => {
    const workspace = await newWorkspace();
    const url = `${WORKSPACES}/${workspace}`;
    const limits = [{ kind: 'rate', unit: 'tokens', amount: '999999999999999999', per: 'day' }];
    await admin.done('PUT', configured(workspace), { limits });
    const rate_limits = [{ type: 'tokens', unit: 'rpd', value: 1e18 }];
    const { data } = await admin.list(`${WORKSPACES}?page_size=1000`);
    expect(data.find(({ id }) => id === workspace)).toMatchObject({ rate_limits });
    // What is not said anew stays to the unit.
    await admin.done('PUT', url, { usage_limits: [{ type: 'cost', credit_limit: 5 }] });
    expect((await admin.get(configured(workspace)))['limits']).toMatchObject([...limits, { amount: '5.00' }]);
    await admin.done('DELETE', url);
  });

  /** What is limited, and where Portkey's shapes change it. */
  const HELD: readonly [what: string, make: () => Promise<{ scope: string; url: string }>][] = [
    [
      'a workspace',
      async () => {
        const scope = await newWorkspace();
        return { scope, url: `${WORKSPACES}/${scope}` };
      },
    ],
    [
      'a key',
      async () => {
        const said = { name: newName(), workspace_id: await newWorkspace(), scopes: ['completions.write'] };
        const { id } = await admin.done('POST', '/v1/api-keys/workspace/service', said);
        return { scope: String(id), url: `/v1/api-keys/${String(id)}` };
      },
    ],
    [
      'a provider',
      async () => {
        const said = { name: newName(), workspace_id: await newWorkspace(), integration_id: 'simulator' };
        const { id } = await admin.done('POST', '/v1/providers', said);
        return { scope: String(id), url: `/v1/providers/${String(id)}` };
      },
    ],
  ];

  it.each(HELD)('of %s leave what somebody else changes meanwhile', async (_what, make) => {
    const { scope, url } = await make();
    const budget = (amount: string) => ({ kind: 'budget', unit: 'usd', amount, reset: 'never' });
    for (let round = 0; round < 8; round++) {
      await admin.done('PUT', configured(scope), { limits: [budget('100')] });
      const { revision } = await admin.get(configured(scope));
      const rate = { type: 'requests', unit: 'rpm', value: 5 + round };
      const cut = { limits: [budget('1')], revision, reason: 'a cut' };
      const [, [status]] = await Promise.all([
        admin.done('PUT', url, { rate_limits: [rate] }),
        sleep(round).then(() => admin.ask('PUT', configured(scope), cut)),
      ]);
      const amount = status === 200 ? '1.00' : '100.00';
      expect((await admin.get(configured(scope)))['limits']).toMatchObject([
        { kind: 'budget', amount },
        { kind: 'rate', amount: String(rate.value) },
      ]);
    }
  });

  it('of a key and of an access are begun anew by reset_usage, as those of a provider are', async () => {
    const team = await newTeam(product, { models: ['sim-small;completion=100'] });
    const budget = { type: 'cost', credit_limit: 5 };
    const access = { id: team.workspaceId, enabled: true, usage_limits: [budget] };
    const [keyUrl, accessUrl] = [`/v1/api-keys/${team.apiKeyId}`, `/v1/integrations/${team.slug}/workspaces`];
    await admin.done('PUT', keyUrl, { usage_limits: budget });
    await admin.done('PUT', accessUrl, { workspaces: [access] });
    const spent = async (scope: string): Promise<number> => {
      const { data } = await admin.list(`/v1/gatehouse/scopes/${scope}/limits`);
      return Number(data.find(({ kind }) => kind === 'budget')?.['spent'] ?? 0);
    };
    for (const [scope, reset] of [
      [team.apiKeyId, () => admin.done('PUT', keyUrl, { reset_usage: true })],
      [
        team.provisionId,
        () => admin.done('PUT', accessUrl, { workspaces: [{ ...access, reset_usage: true }] }),
      ],
    ] as const) {
      const call = { model: team.model(), messages: [{ role: 'user' as const, content: 'How are you?' }] };
      await eventually(async () => {
        expect((await team.gateway.chat(call))?.status).toBe(200);
        expect(await spent(scope)).toBeGreaterThan(0);
      });
      await reset();
      await eventually(async () => expect(await spent(scope)).toBe(0));
    }
  });
});
