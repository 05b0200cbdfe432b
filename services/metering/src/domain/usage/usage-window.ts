import { beginOf, GRAIN_MS, type UsageGrain } from './usage-rollup';

/** A stretch of time that is read from the counts of one grain. Milliseconds since 1970, the end exclusive; undefined: without. */
export interface UsageSpan {
  readonly grain: UsageGrain;
  readonly from: number | undefined;
  readonly until: number | undefined;
}

/**
 * The counts that make up a stretch of whole minutes, from the coarsest that fit: days in the middle, hours and minutes at
 * the ends. None is coarser than `coarsest`.
 */
export const spansOf = (
  from: number | undefined,
  until: number | undefined,
  coarsest: UsageGrain,
): readonly UsageSpan[] => {
  const span = { grain: coarsest, from, until };
  if (coarsest === 'minute') return isEmpty(span) ? [] : [span];
  const finer = coarsest === 'day' ? 'hour' : 'minute';
  const begin = from === undefined ? undefined : -beginOf(-from, coarsest);
  const end = until === undefined ? undefined : beginOf(until, coarsest);
  // Nothing of the coarse grain fits in between.
  if (begin !== undefined && end !== undefined && begin >= end) return spansOf(from, until, finer);
  return [
    ...(begin === undefined ? [] : spansOf(from, begin, finer)),
    { grain: coarsest, from: begin, until: end },
    ...(end === undefined ? [] : spansOf(end, until, finer)),
  ];
};

const isEmpty = ({ from, until }: UsageSpan): boolean =>
  from !== undefined && until !== undefined && from >= until;

/** How many intervals a stretch has. */
export const intervalsIn = (from: number, until: number, grain: UsageGrain): number =>
  Math.ceil((until - beginOf(from, grain)) / GRAIN_MS[grain]);
