/** A head that was read, without what it is: there is a key in it. */
export interface KnownHead<Said> {
  /** What is to be known of it. */
  readonly said: Said;
  /** Of all of it but the digits of its length. */
  readonly digest: string;
  /** Where these digits begin, in bytes. */
  readonly digitsFrom: number;
  /** Bytes of it, without these digits and the empty line. */
  readonly beside: number;
}

/** Twice as many are known at most. */
const HEADS_MAX = 16_384;

/** Heads that all connections of a server know: many share a connection behind a balancer, and clients come back on another one. */
export class KnownHeads<Said> {
  private heads = new Map<string, KnownHead<Said>>();
  /** They go with the next that are too many, but for those that are asked for until then. */
  private before = new Map<string, KnownHead<Said>>();

  constructor(private readonly headsMax = HEADS_MAX) {}

  /** Others have gone for those that came, so that what nobody says again costs somebody something. */
  get isCrowded(): boolean {
    return this.before.size > 0;
  }

  get(digest: string): KnownHead<Said> | undefined {
    const known = this.heads.get(digest);
    if (known) return known;
    const older = this.before.get(digest);
    if (older) this.add(older);
    return older;
  }

  add(head: KnownHead<Said>): void {
    if (this.heads.size >= this.headsMax) {
      this.before = this.heads;
      this.heads = new Map();
    }
    this.heads.set(head.digest, head);
  }
}
