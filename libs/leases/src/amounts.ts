/** What a limit counts. */
export type Unit = 'nanoUsd' | 'tokens' | 'requests';

/** An amount of each unit; none is negative. */
export type Amounts = Readonly<Record<Unit, bigint>>;

export const UNITS: readonly Unit[] = ['nanoUsd', 'tokens', 'requests'];

/** Sums end there: what is told has 64 bits. */
export const AMOUNT_MAX = 2n ** 63n - 1n;

export const NOTHING: Amounts = { nanoUsd: 0n, tokens: 0n, requests: 0n };

/** Of one unit: named, since what is looked up by a key that changes is found several times as slowly. */
export const amountOf = ({ nanoUsd, tokens, requests }: Amounts, unit: Unit): bigint =>
  unit === 'nanoUsd' ? nanoUsd : unit === 'tokens' ? tokens : requests;

export const minOf = (one: bigint, other: bigint): bigint => (one < other ? one : other);

export const maxOf = (one: bigint, other: bigint): bigint => (one > other ? one : other);
