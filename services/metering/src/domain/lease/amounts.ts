import type { Unit } from '../limit/limit-in-force';

/** An amount of each unit; none is negative. */
export type Amounts = Readonly<Record<Unit, bigint>>;

export const UNITS: readonly Unit[] = ['nanoUsd', 'tokens', 'requests'];

export const NOTHING: Amounts = { nanoUsd: 0n, tokens: 0n, requests: 0n };

export const minOf = (first: bigint, ...others: readonly bigint[]): bigint =>
  others.reduce((least, value) => (value < least ? value : least), first);

export const maxOf = (first: bigint, ...others: readonly bigint[]): bigint =>
  others.reduce((most, value) => (value > most ? value : most), first);
