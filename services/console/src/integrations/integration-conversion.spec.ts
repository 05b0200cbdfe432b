import { fromRestPricing } from './integration-conversion';

const said = (price: number) => ({
  type: 'static' as const,
  pay_as_you_go: { request_token: { price: 0.000125 }, response_token: { price } },
});

it('takes prices in US cents per token', () => {
  expect(fromRestPricing(said(0.0005), '')?.rates).toMatchObject({
    ...{ input: 1_250_000_000n, output: 5_000_000_000n },
  });
});

it('refuses a price that nobody can be told, where it is', () => {
  const field = 'models[1].pricing_config.pay_as_you_go.response_token.price';
  expect(() => fromRestPricing(said(1e300), 'models[1].pricing_config.')).toThrow(field);
});
