/** What the simulated provider charges: nano-USD per million tokens. */
export interface Prices {
  readonly input: bigint;
  readonly output: bigint;
}

const TOKENS_PER_PRICE = 1_000_000n;
const NANO_USD_DECIMALS = 9;

/** Parses dollars per million tokens (`0.50`), at most nine decimals, exactly; undefined when malformed. */
export const parsePrice = (text: string): bigint | undefined => {
  const match = /^(\d{1,9})(?:\.(\d{1,9}))?$/.exec(text);
  if (!match) return undefined;
  return BigInt(match[1] ?? '0') * 1_000_000_000n + BigInt((match[2] ?? '').padEnd(NANO_USD_DECIMALS, '0'));
};

/** The bill of one request in nano-USD: the exact sum, rounded up once. */
export const billRoundedUp = (promptTokens: number, completionTokens: number, prices: Prices): bigint => {
  const exact = BigInt(promptTokens) * prices.input + BigInt(completionTokens) * prices.output;
  return (exact + TOKENS_PER_PRICE - 1n) / TOKENS_PER_PRICE;
};
