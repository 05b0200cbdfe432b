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
});
