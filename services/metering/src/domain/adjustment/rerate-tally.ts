/** What became of attempts that were looked at: each is counted once, and the sums are of those that changed. */
export interface RerateTally {
  readonly changed: bigint;
  readonly unchanged: bigint;
  readonly unknown: bigint;
  readonly unpriced: bigint;
  readonly adjusted: bigint;
  readonly unsettled: bigint;
  readonly unapproved: bigint;
  /** Nano-USD; without those of which it was unknown, which are `unknownBefore`. */
  readonly before: bigint;
  readonly after: bigint;
  readonly unknownBefore: bigint;
}

export const NO_TALLY: RerateTally = {
  ...{ changed: 0n, unchanged: 0n, unknown: 0n, unpriced: 0n, adjusted: 0n, unsettled: 0n, unapproved: 0n },
  ...{ before: 0n, after: 0n, unknownBefore: 0n },
};

/** Of some attempts, and of others. */
export const addedTally = (some: RerateTally, others: Partial<RerateTally>): RerateTally => ({
  changed: some.changed + (others.changed ?? 0n),
  unchanged: some.unchanged + (others.unchanged ?? 0n),
  unknown: some.unknown + (others.unknown ?? 0n),
  unpriced: some.unpriced + (others.unpriced ?? 0n),
  adjusted: some.adjusted + (others.adjusted ?? 0n),
  unsettled: some.unsettled + (others.unsettled ?? 0n),
  unapproved: some.unapproved + (others.unapproved ?? 0n),
  before: some.before + (others.before ?? 0n),
  after: some.after + (others.after ?? 0n),
  unknownBefore: some.unknownBefore + (others.unknownBefore ?? 0n),
});
