/** What a limit counts. */
export type Unit = 'nanoUsd' | 'tokens' | 'requests';

/** An amount of each unit; none is negative. */
export type Amounts = Readonly<Record<Unit, bigint>>;

export const UNITS: readonly Unit[] = ['nanoUsd', 'tokens', 'requests'];

export const NOTHING: Amounts = { nanoUsd: 0n, tokens: 0n, requests: 0n };

export const minOf = (one: bigint, other: bigint): bigint => (one < other ? one : other);

export const maxOf = (one: bigint, other: bigint): bigint => (one > other ? one : other);
