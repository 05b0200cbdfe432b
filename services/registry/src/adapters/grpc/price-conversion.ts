import type { RequestChecks } from '@gatehouse/grpc';
import { type NanoUsdPerMillion, nanoUsdPerMillion } from '@gatehouse/kernel';
import { type Prices, RATE_UNITS, type Rates, type RateUnit, type TieredRates } from '@gatehouse/offering';
import type { typeV1 } from '@gatehouse/proto-gen';

/** A dollar a token, a hundred times what anything costs: beyond it a price is a mistake, and sums leave int64. */
const TOKEN_PRICE_MAX = 1_000_000_000_000_000n;
/** A hundred dollars a piece. */
const PIECE_PRICE_MAX = 100_000_000_000_000_000n;
const PIECES: ReadonlySet<RateUnit> = new Set(['image', 'second', 'character', 'search', 'request']);
const TIERS_MAX = 8;
const SERVICE_TIERS_MAX = 8;
/** As answers spell them. */
const SERVICE_TIER = /^[a-z][a-z0-9_-]{0,31}$/;
const START_MAX = 1_000_000_000n;

/** A price per million of a unit; undefined where it is absent, or is none. */
export const fromProtoPrice = (
  value: bigint | undefined,
  checks: RequestChecks,
  field: string,
  max = TOKEN_PRICE_MAX,
): NanoUsdPerMillion | undefined => {
  if (value === undefined) return undefined;
  if (value >= 0n && value <= max) return nanoUsdPerMillion(value);
  checks.fault(field, `must be 0 to ${max}`);
  return undefined;
};

/** At least one rate, tiers by rising start, and the same of service tiers: what an admin says a model costs. */
export const fromProtoAskedPrices = (
  prices: typeV1.Prices | undefined,
  checks: RequestChecks,
  path: string,
): Prices => {
  const named = Object.entries(prices?.serviceTiers ?? {});
  const at = `${path}.service_tiers`;
  if (named.length > SERVICE_TIERS_MAX) checks.fault(at, `must have at most ${SERVICE_TIERS_MAX} tiers`);
  const serviceTiers = named.slice(0, SERVICE_TIERS_MAX).map(([name, tier]) => {
    if (!SERVICE_TIER.test(name)) checks.fault(at, 'must be named in lower case');
    if (Object.keys(tier.serviceTiers).length > 0)
      checks.fault(at, 'must have no service tiers of their own');
    return [name, fromProtoAskedTieredRates(tier, checks, at)] as const;
  });
  return {
    ...fromProtoAskedTieredRates(prices, checks, path),
    ...(serviceTiers.length > 0 && { serviceTiers: new Map(serviceTiers) }),
  };
};

const fromProtoAskedTieredRates = (
  prices: Pick<typeV1.Prices, 'rates' | 'tiers'> | undefined,
  checks: RequestChecks,
  path: string,
): TieredRates => {
  const tiers = prices?.tiers ?? [];
  if (tiers.length > TIERS_MAX) checks.fault(`${path}.tiers`, `must have at most ${TIERS_MAX} tiers`);
  return {
    rates: fromProtoAskedRates(prices?.rates, checks, `${path}.rates`),
    tiers: tiers.slice(0, TIERS_MAX).map((tier, index) => {
      const at = `${path}.tiers[${index}]`;
      const before = tiers[index - 1]?.inputTokensAbove ?? 0n;
      const { inputTokensAbove } = tier;
      if (inputTokensAbove <= before || inputTokensAbove > START_MAX) {
        checks.fault(`${at}.input_tokens_above`, `must be above ${before} and at most ${START_MAX}`);
      }
      return { inputTokensAbove, rates: fromProtoAskedRates(tier.rates, checks, `${at}.rates`) };
    }),
  };
};

const fromProtoAskedRates = (rates: typeV1.Rates | undefined, checks: RequestChecks, path: string): Rates => {
  const asked = RATE_UNITS.flatMap((unit): [RateUnit, NanoUsdPerMillion | undefined][] => {
    const value = rates?.[unit];
    const max = PIECES.has(unit) ? PIECE_PRICE_MAX : TOKEN_PRICE_MAX;
    return value === undefined
      ? []
      : [[unit, fromProtoPrice(value, checks, `${path}.${spelled(unit)}`, max)]];
  });
  if (asked.length === 0) checks.fault(path, 'must have at least one rate; 0 is one');
  return Object.fromEntries(asked) as Rates;
};

/** As the proto spells it. */
const spelled = (unit: RateUnit): string => unit.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
