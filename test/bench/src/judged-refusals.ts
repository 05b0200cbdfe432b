/** What stood against a request, as its refusal says. Amounts are in nano-USD. */
export interface Witness {
  readonly limit: bigint;
  readonly spent: bigint;
  readonly held: bigint;
}

export interface Refused {
  /** Milliseconds of the same clock as the calls'. */
  readonly at: number;
  /** The real worst case: true tokens of the prompt, and the least output that it could have been given. */
  readonly need: bigint;
  /** The same of the bytes of the prompt, which is what gateways hold of a model whose tokens nobody can count: no less than `need`. */
  readonly bound: bigint;
  readonly witness: Witness;
}

export interface Judgement {
  /** It would have fitted beside what was spent, what calls in flight held, and what idle slices may keep apart. */
  readonly isFalse: boolean;
  /** It is false, and would not be by the bound of the prompt. */
  readonly isFalseByTokens: boolean;
  /** Of the limit: what was neither billed nor held by calls in flight. */
  readonly room: bigint;
  /** Of the limit: what the ledger had given away, and no call had spent or held. */
  readonly unreachable: number;
}

/** A hundredth of a limit may be in slices that nobody uses. */
const UNREACHABLE_SHARE = 100n;
/** From a settlement in one gateway until room is known in another, and from the ledger's answer to the client. */
const ON_THE_WAY_MS = 100;

/** What a provider has billed, and what calls in flight may cost yet: told by whoever sees both, and therefore true. */
export class TakenOverTime {
  private readonly moments: { readonly at: number; readonly taken: bigint }[] = [];
  private taken = 0n;

  /** A call that holds so much has begun, or has ended and cost so much less. */
  changed(at: number, by: bigint): void {
    this.taken += by;
    this.moments.push({ at, taken: this.taken });
  }

  /** The most in the moments before. */
  before(at: number): bigint {
    let index = this.moments.length - 1;
    while (index >= 0 && (this.moments[index]?.at ?? 0) > at) index--;
    let most = this.moments[index]?.taken ?? 0n;
    for (; index >= 0 && (this.moments[index]?.at ?? 0) >= at - ON_THE_WAY_MS; index--)
      most = larger(most, this.moments[index]?.taken ?? 0n);
    // What held until the first of them, too.
    return larger(most, this.moments[index]?.taken ?? 0n);
  }
}

export const judge = ({ at, need, bound, witness }: Refused, taken: TakenOverTime): Judgement => {
  const { limit, spent, held } = witness;
  const truly = taken.before(at);
  const unreachable = larger(0n, spent + held - truly);
  const allowed = smaller(unreachable, limit / UNREACHABLE_SHARE);
  const room = limit - truly - allowed;
  return {
    isFalse: need <= room,
    isFalseByTokens: need <= room && room < bound,
    room: limit - truly,
    unreachable: Number(unreachable) / Number(limit),
  };
};

const larger = (a: bigint, b: bigint): bigint => (a > b ? a : b);
const smaller = (a: bigint, b: bigint): bigint => (a < b ? a : b);
