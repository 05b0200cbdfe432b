import { formatUsd } from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';
import { usdIn } from '../rest/decimals';
import { RATE_NAMES, type PricesAnswer, type RateName } from './price.schema';

type RateField = keyof typeV1.Rates;

/** By the messages' names. */
const FIELDS: Readonly<Record<RateName, RateField>> = {
  input: 'input',
  output: 'output',
  cached_input: 'cachedInput',
  cache_write: 'cacheWrite',
  cache_write_hour: 'cacheWriteHour',
  reasoning: 'reasoning',
  audio_input: 'audioInput',
  cached_audio_input: 'cachedAudioInput',
  audio_output: 'audioOutput',
  image: 'image',
  second: 'second',
  character: 'character',
  search: 'search',
  request: 'request',
  image_input: 'imageInput',
  cached_image_input: 'cachedImageInput',
  image_output: 'imageOutput',
  page: 'page',
};

/** null where nothing is known: unpriced, which is not free. */
export const toRestPrices = (prices: typeV1.Prices | undefined): PricesAnswer | null => {
  if (prices === undefined) return null;
  const whole = toRestTier(prices);
  const serviceTiers = Object.entries(prices.serviceTiers).map(([name, tier]) => [name, toRestTier(tier)]);
  if (Object.keys(whole.rates).length === 0 && whole.tiers.length === 0 && serviceTiers.length === 0)
    return null;
  return { ...whole, service_tiers: Object.fromEntries(serviceTiers) as PricesAnswer['service_tiers'] };
};

const toRestTier = ({ rates, tiers }: typeV1.Prices): Omit<PricesAnswer, 'service_tiers'> => ({
  rates: toRestRates(rates),
  tiers: tiers.map((tier) => ({
    input_tokens_above: Number(tier.inputTokensAbove),
    rates: toRestRates(tier.rates),
  })),
});

const toRestRates = (rates: typeV1.Rates | undefined): PricesAnswer['rates'] =>
  Object.fromEntries(
    RATE_NAMES.flatMap((name) => {
      const rate = rates?.[FIELDS[name]];
      return rate === undefined ? [] : [[name, formatUsd(rate)]];
    }),
  );

/** @param field what they are called in the request. */
export const fromRestRates = (rates: PricesAnswer['rates'], field: string): typeV1.Rates =>
  typeV1.Rates.fromPartial(
    Object.fromEntries(
      RATE_NAMES.flatMap((name) => {
        const rate = rates[name];
        return rate === undefined ? [] : [[FIELDS[name], usdIn(rate, `${field}.${name}`)]];
      }),
    ) as Partial<typeV1.Rates>,
  );
