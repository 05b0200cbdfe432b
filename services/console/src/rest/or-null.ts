/** A count of the gRPC APIs as a number of JSON; null where it is not known. */
export const numberOrNull = (count: bigint | undefined): number | null =>
  count === undefined ? null : Number(count);

/** A time as clients have it; null where there is none. */
export const timeOrNull = (at: Date | undefined): string | null => at?.toISOString() ?? null;
