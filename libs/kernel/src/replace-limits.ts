import { isDeepStrictEqual } from 'node:util';
import { type FieldViolation, invalidFields } from './app-error';
import { deriveId, limitId } from './ids';
import type { Limit, LimitSpec } from './limit';

/** Whose limits they are, and what nobody can foretell: ids of new limits derive from both. */
export interface LimitMint {
  readonly scopeId: string;
  /** The same for the same command. */
  readonly seed: string;
}

/**
 * The limits that take the place of the current ones. A limit keeps its id, so that what was spent carries over, and its
 * raise, where one of the same kind and unit (and, of a rate limit, window) stood before, whatever its amount and reset
 * rule. Two such in one list are INVALID.
 */
export const replaceLimits = (
  current: readonly Limit[],
  wanted: readonly LimitSpec[],
  { scopeId, seed }: LimitMint,
): readonly Limit[] => {
  refuseRepetitions(wanted);
  const before = new Map(
    current.map(({ id, raise, ...spec }) => [limitSlotOf(spec), { id, ...(raise && { raise }) }]),
  );
  return wanted.map((spec, index) => ({
    ...spec,
    ...(before.get(limitSlotOf(spec)) ?? { id: limitId(deriveId('lim', scopeId, seed, String(index))) }),
  }));
};

/** Whether two lists bound the same in the same order. */
export const sameLimits = (some: readonly Limit[], others: readonly Limit[]): boolean =>
  isDeepStrictEqual(some, others);

/** The same of limits that have no identity. */
export const sameLimitSpecs = (some: readonly LimitSpec[], others: readonly LimitSpec[]): boolean =>
  isDeepStrictEqual(some, others);

/** What may stand once in a list. */
export const limitSlotOf = (spec: LimitSpec): string =>
  spec.kind === 'rate' ? `rate ${spec.unit} ${spec.window}` : `budget ${spec.unit}`;

const refuseRepetitions = (wanted: readonly LimitSpec[]): void => {
  const firsts = new Map<string, number>();
  const violations = wanted.flatMap((spec, index): FieldViolation[] => {
    const slot = limitSlotOf(spec);
    const first = firsts.get(slot);
    if (first === undefined) {
      firsts.set(slot, index);
      return [];
    }
    return [
      { field: `limits[${index}]`, description: `bounds the same kind, unit and window as limits[${first}]` },
    ];
  });
  if (violations.length > 0) throw invalidFields(violations);
};
