import { BUCKETS } from '../../domain/usage/latency';

/** Histograms of many rows as one, null where none is known: bucket by bucket, which is many times as fast as `metering.sum_counts`. Each may be more than a row holds. */
export const summedCounts = (name: string): string => {
  const buckets = Array.from({ length: BUCKETS }, (_, bucket) => `sum(${name}[${bucket + 1}])`);
  return `CASE WHEN count(${name}) > 0 THEN ARRAY[${buckets.join(', ')}]::bigint[] END`;
};
