import { randomBytes } from 'node:crypto';
import type { Product } from './product';
import { RestClient } from './rest-client';
import { sharedProduct } from './shared-product';

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
});
