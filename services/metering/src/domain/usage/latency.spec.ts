import { bucketOf, countLatency, LATENCY_BOUNDS_MS, quantileOf } from './latency';

describe('latencies', () => {
  it('are counted in the bucket whose bound they do not pass', () => {
    for (const [bucket, bound] of LATENCY_BOUNDS_MS.entries()) {
      expect(bucketOf(bound)).toBe(bucket);
      expect(bucketOf(bound + 1)).toBe(bucket + 1);
    }
    expect(bucketOf(0)).toBe(0);
    expect(bucketOf(10_000_000)).toBe(LATENCY_BOUNDS_MS.length);
    expect(LATENCY_BOUNDS_MS.at(-1)).toBeGreaterThan(180_000);
  });

  it('have quantiles that are right to within a bucket', () => {
    let counts: number[] | undefined;
    for (let ms = 1; ms <= 10_000; ms++) counts = countLatency(counts, ms);
    for (const share of [0.01, 0.5, 0.9, 0.99]) {
      const quantile = quantileOf(counts ?? [], share) ?? NaN;
      expect(quantile / (share * 10_000)).toBeGreaterThan(0.63);
      expect(quantile / (share * 10_000)).toBeLessThan(1.59);
    }
  });

  it('that nobody knows are no latencies of 0', () => {
    expect(countLatency(undefined, undefined)).toBeUndefined();
    expect(quantileOf([], 0.5)).toBeUndefined();
  });
});
