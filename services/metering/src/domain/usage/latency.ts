/**
 * Upper bounds of the buckets that latencies are counted in, in milliseconds: from 8 ms, each 2^(2/3) times the one before,
 * so that a quantile is never off by more than its bucket is wide, 59 %, and mostly by far less. What takes longer than the last is in a bucket of its own.
 */
export const LATENCY_BOUNDS_MS: readonly number[] = Array.from({ length: 23 }, (_, index) =>
  Math.round(8 * 2 ** ((2 * index) / 3)),
);

/** How many calls took how long, one count for each bound and one for what is beyond; undefined: none is known. */
export type LatencyCounts = readonly number[];

/** One for each bound, and one for what is beyond. */
export const BUCKETS = LATENCY_BOUNDS_MS.length + 1;

/** Which bucket a latency is counted in, from 0. */
export const bucketOf = (ms: number): number => {
  let [low, high] = [0, LATENCY_BOUNDS_MS.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ms <= (LATENCY_BOUNDS_MS[middle] ?? Infinity)) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** Counts one latency, in place: these are counted by the thousand. What is not known is not counted. */
export const countLatency = (counts: number[] | undefined, ms: number | undefined): number[] | undefined => {
  if (ms === undefined) return counts;
  const counted = counts ?? new Array<number>(BUCKETS).fill(0);
  const bucket = bucketOf(ms);
  counted[bucket] = (counted[bucket] ?? 0) + 1;
  return counted;
};

/**
 * Milliseconds that the given share of the calls stayed within, taken evenly within its bucket; for what is beyond the last
 * bound, that bound. Undefined where there are none.
 */
export const quantileOf = (counts: LatencyCounts, share: number): number | undefined => {
  const rank = counts.reduce((sum, count) => sum + count, 0) * share;
  if (rank === 0) return undefined;
  let below = 0;
  for (const [bucket, count] of counts.entries()) {
    if (below + count >= rank && count > 0) {
      const from = bucket === 0 ? 0 : (LATENCY_BOUNDS_MS[bucket - 1] ?? 0);
      const to = LATENCY_BOUNDS_MS[bucket] ?? from;
      return Math.round(from + ((to - from) * (rank - below)) / count);
    }
    below += count;
  }
  return LATENCY_BOUNDS_MS.at(-1);
};
