import { provisioningV1 } from '@gatehouse/proto-gen';
import type { Product } from './product';
import { sharedProduct } from './shared-product';

const START_MS = 120_000;
const DAY = /T00:00:00/;

let product: Product;

beforeAll(async () => {
  product = await sharedProduct();
}, START_MS);

describe('an admin who is about to change a provision', () => {
  const firstProvision = async (): Promise<string> => {
    const { provisions } = await product
      .control()
      .provisions.listProvisions(
        provisioningV1.ListProvisionsRequest.fromPartial({ workspaceId: product.first.workspace }),
      );
    return provisions[0]?.id ?? '';
  };

  it('is told how the usage of the last period would have fared, of which a new installation has none', async () => {
    const provision = await firstProvision();
    const limit = ['preview', 'limit', provision, '--budget-usd', '0.5', '--requests-per', 'minute=1'];
    const { usage } = JSON.parse(await product.cli('--json', ...limit)) as { usage: { limits: object[] } };
    // What is 0 is left out of JSON.
    const period = { from: expect.stringMatching(DAY), until: expect.stringMatching(DAY) };
    const id = expect.stringMatching(/^lim_/);
    const monthly = { nanoUsd: '500000000', reset: { period: 'RESET_PERIOD_MONTHLY' } };
    const perMinute = { unit: 'RATE_UNIT_REQUESTS', window: 'RATE_WINDOW_MINUTE', quota: '1' };
    expect(usage).toEqual({
      limits: [
        { limit: { id, budget: monthly }, ...period, spent: '0' },
        { limit: { id, rateLimit: perMinute }, ...period },
      ],
    });
    const models = await product.cli('--json', 'preview', 'allow', provision, '--model', 'sim-small');
    expect(JSON.parse(models)).toMatchObject({ usage: { models: period } });
  });

  it('and of each workspace, where it is about all of them, and of models of keys and integrations', async () => {
    const { provisions } = await product
      .control()
      .provisions.listProvisions(
        provisioningV1.ListProvisionsRequest.fromPartial({ workspaceId: product.first.workspace }),
      );
    const integration = provisions[0]?.integrationId ?? '';
    const preview = async (...asked: readonly string[]): Promise<unknown> =>
      JSON.parse(await product.cli('--json', 'preview', ...asked));
    const period = { from: expect.stringMatching(DAY), until: expect.stringMatching(DAY) };
    const each = {
      usage: {
        limits: [{ ...period, limit: { budget: { nanoUsd: '500000000' } }, workspaces: {} }],
        models: { ...period, workspaces: {} },
      },
    };
    const given = ['--budget-usd', '0.5', '--model', 'sim-small'];
    expect(await preview('provision', integration, '--all-workspaces', ...given)).toMatchObject({
      events: [{ type: 'BulkProvisionRequested' }],
      ...each,
    });
    expect(await preview('auto-provision', integration, ...given)).toMatchObject({
      events: [{ type: 'AutoProvisionPolicySet' }],
      ...each,
    });
    expect(await preview('models', integration, '--without', 'sim-small')).toMatchObject({
      models: { ...period, workspaces: {} },
    });
    const { apiKeys } = await product
      .control()
      .apiKeys.listApiKeys(
        provisioningV1.ListApiKeysRequest.fromPartial({ workspaceId: product.first.workspace }),
      );
    const model = `@${provisions[0]?.slug}/sim-small`;
    expect(await preview('key-models', apiKeys[0]?.id ?? '', '--model', model)).toMatchObject({
      events: [{ type: 'ApiKeyModelsChanged' }],
      usage: { models: period },
    });
  });
});
