import { typeV1 } from '@gatehouse/proto-gen';
import { fromRestRates, toRestPrices } from './price-conversion';

it.each([undefined, typeV1.Prices.fromPartial({}), typeV1.Prices.fromPartial({ rates: {} })])(
  'tells what nobody knows apart from what is free: %#',
  (unknown) => expect(toRestPrices(unknown)).toBeNull(),
);

it('says every rate to the last digit', () => {
  const rates = { input: 1n, output: 9_007_199_254_740_993n, cachedInput: 0n };
  expect(toRestPrices(typeV1.Prices.fromPartial({ rates }))?.rates).toEqual({
    input: '0.000000001',
    output: '9007199.254740993',
    cached_input: '0.00',
  });
});

it('has tiers and service tiers', () => {
  const tier = { inputTokensAbove: 200_000n, rates: { input: 2_500_000_000n } };
  const serviceTiers = { flex: { rates: { output: 500_000_000n } } };
  expect(toRestPrices(typeV1.Prices.fromPartial({ tiers: [tier], serviceTiers }))).toEqual({
    rates: {},
    tiers: [{ input_tokens_above: 200_000, rates: { input: '2.50' } }],
    service_tiers: { flex: { rates: { output: '0.50' }, tiers: [] } },
  });
});

it('reads every rate to the last digit, and says which is none', () => {
  const rates = { input: '0.000000001', output: '9007199.254740993', cached_input: '0' };
  expect(fromRestRates(rates, 'rates')).toMatchObject({
    ...{ input: 1n, output: 9_007_199_254_740_993n, cachedInput: 0n, cacheWrite: undefined },
  });
  expect(() => fromRestRates({ output: '1,5' }, 'rates')).toThrow(
    expect.objectContaining({ violations: [expect.objectContaining({ field: 'rates.output' })] }),
  );
});
