import { AppError, jsonIn, parseUsd } from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { readText } from './connection';

/** What a model costs, as it stands on a command line. */
export interface PriceOptions {
  readonly input?: string;
  readonly output?: string;
  readonly cachedInput?: string;
  readonly cacheWrite?: string;
  readonly tiers?: string;
}

export const withPriceOptions = (command: Command): Command =>
  command
    .option('--input <usd>', 'USD per million input tokens; 0 is a price')
    .option('--output <usd>', 'USD per million output tokens')
    .option('--cached-input <usd>', "USD per million input tokens from the provider's cache")
    .option('--cache-write <usd>', "USD per million input tokens written to the provider's cache")
    .option(
      '--tiers <file>',
      'prices of longer requests: [{"above": 200000, "rates": {"input": "5", "cached_input": "0.5"}}]',
    );

/** The prices of a request; undefined where none is given: what is not said is not a price of 0. */
export const pricesOf = ({ tiers, ...options }: PriceOptions): typeV1.Prices | undefined => {
  const rates = ratesOf(options);
  const isGiven = Object.values(rates).some((rate) => rate !== undefined);
  return isGiven || tiers !== undefined
    ? typeV1.Prices.fromPartial({
        rates,
        tiers: tiers === undefined ? [] : parseTiers(readText(tiers), rates),
      })
    : undefined;
};

type Rates = ReturnType<typeof ratesOf>;

const ratesOf = ({ input, output, cachedInput, cacheWrite }: Omit<PriceOptions, 'tiers'>) => ({
  input: priceOf(input),
  output: priceOf(output),
  cachedInput: priceOf(cachedInput),
  cacheWrite: priceOf(cacheWrite),
});

const priceOf = (usd: string | undefined): bigint | undefined =>
  usd === undefined ? undefined : parseUsd(usd);

const RATES: Readonly<Record<string, keyof Rates>> = {
  input: 'input',
  output: 'output',
  cached_input: 'cachedInput',
  cache_write: 'cacheWrite',
};

/**
 * Tiers as a price source has them, in dollars; what one does not say costs what it costs below all tiers. INVALID
 * `TIERS_MALFORMED`.
 */
export const parseTiers = (text: string, below: Rates): typeV1.PriceTier[] => {
  const tiers = jsonIn(text);
  if (!Array.isArray(tiers)) throw malformed();
  return tiers.map((tier: unknown) => parseTier(tier, below));
};

const parseTier = (tier: unknown, below: Rates): typeV1.PriceTier => {
  const { above, rates, ...others } = isRecord(tier) ? tier : {};
  const isWhole = typeof above === 'number' && Number.isSafeInteger(above) && above > 0;
  if (!isWhole || !isRecord(rates) || Object.keys(others).length > 0) throw malformed();
  return typeV1.PriceTier.fromPartial({
    inputTokensAbove: BigInt(above),
    rates: { ...below, ...Object.fromEntries(Object.entries(rates).map(parseRate)) },
  });
};

/** A number stands for the decimals that it is written with. */
const parseRate = ([name, usd]: [string, unknown]): [keyof Rates, bigint] => {
  const rate = Object.hasOwn(RATES, name) ? RATES[name] : undefined;
  if (rate === undefined || (typeof usd !== 'string' && typeof usd !== 'number')) throw malformed();
  return [rate, parseUsd(String(usd))];
};

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const malformed = (): AppError =>
  new AppError('INVALID', 'TIERS_MALFORMED', {
    metadata: { expected: '[{"above": 200000, "rates": {"input": "5"}}]' },
  });
