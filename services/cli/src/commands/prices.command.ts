import { formatUsd } from '@gatehouse/kernel';
import { registryV1, type typeV1 } from '@gatehouse/proto-gen';
import type { Command } from 'commander';
import { allPages } from '../all-pages';
import type { Act, Session } from '../session';

interface PricesOptions {
  readonly provider: string;
}

/** `prices`. */
export const addPricesCommand = (program: Command, act: Act): void => {
  program
    .command('prices')
    .description('the price book in force: what models cost before prices of your own')
    .argument('[model]', 'only models whose name contains this')
    .option('--provider <provider>', 'only of this provider', '')
    .action(act(listPrices));
};

const listPrices = async (
  { connection, output }: Session,
  { provider }: PricesOptions,
  search = '',
): Promise<void> => {
  const client = connection.catalog();
  const ask = (pageToken: string) => client.listPrices({ provider, search, pageSize: 500, pageToken });
  const { priceBookVersion, source, refreshFault } = await ask('');
  const prices = await allPages(ask, (page) => page.prices);
  output.answer(
    {
      priceBookVersion: String(priceBookVersion),
      source,
      refreshFault,
      prices: prices.map(registryV1.ListedPrice.toJSON),
    },
    ['provider', 'model', 'input', 'output', 'cached', 'cache write', 'other', 'above'],
    prices.flatMap(({ provider: name, model, prices: of }) => [
      [name, model, ...ratesOf(of?.rates), ''],
      ...(of?.tiers ?? []).map((tier) => ['', '', ...ratesOf(tier.rates), String(tier.inputTokensAbove)]),
    ]),
  );
};

const TOKENS = ['input', 'output', 'cachedInput', 'cacheWrite'] as const;

/** Dollars for a million tokens, and what else is priced, for a million of it. */
const ratesOf = (rates: typeV1.Rates | undefined): readonly string[] => {
  const known = Object.entries(rates ?? {}).filter((rate): rate is [string, bigint] => rate[1] !== undefined);
  const others = known.filter(([unit]) => !(TOKENS as readonly string[]).includes(unit));
  return [
    ...TOKENS.map((unit) => {
      const rate = rates?.[unit];
      return rate === undefined ? '' : formatUsd(rate);
    }),
    others.map(([unit, rate]) => `${unit} ${formatUsd(rate)}`).join(', '),
  ];
};
