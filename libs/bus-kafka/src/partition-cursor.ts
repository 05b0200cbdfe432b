/** What to do with a batch: take what is new in it, fetch again from where we are, or despair of the offset. */
export type CursorVerdict = 'take' | 'seek' | 'lost';

/** How often a fetch from where we are must begin later, before the messages in between are taken to be gone. */
const PROOFS = 3;
/** Fetches in vain, with none that could be taken, before it is looked at as a failure. */
const PATIENCE = 20;

/**
 * Where a consumer is in a partition. The client may bring what was fetched before a seek or a rebalance: messages from
 * elsewhere are not taken, and what lies between is skipped only when the broker proves again and again that it has
 * nothing there (it was retained no longer).
 */
export class PartitionCursor {
  private gap: { readonly first: bigint; times: number } | undefined;
  private vain = 0;

  /** The offset to go on from. */
  next: bigint;

  constructor(next: bigint) {
    this.next = next;
  }

  /** Of a batch whose first message is at `first` and that ends before `end`. */
  judge(first: bigint, end: bigint): CursorVerdict {
    if (end > this.next && first <= this.next) return 'take';
    if (end > this.next && this.isProven(first)) return 'take';
    return ++this.vain > PATIENCE ? 'lost' : 'seek';
  }

  moveTo(next: bigint): void {
    this.next = next;
    this.gap = undefined;
    this.vain = 0;
  }

  private isProven(first: bigint): boolean {
    if (this.gap?.first !== first) this.gap = { first, times: 0 };
    return ++this.gap.times > PROOFS;
  }
}
