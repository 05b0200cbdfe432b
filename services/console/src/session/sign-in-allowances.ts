import { Allowance } from '@gatehouse/grpc';
import { AppError, type Clock } from '@gatehouse/kernel';

/** Refused attempts of one address. */
const OF_ADDRESS = { atOnce: 10, perSecond: 1 / 6 };
/** And of all together, which whoever has many addresses meets. */
const OVERALL = { atOnce: 200, perSecond: 5 };
const ADDRESSES_MAX = 10_000;
/** After how many seconds one more may be tried, in each case. */
export const RETRY_AFTER_SECONDS = 6;

/** How often somebody may try to sign in, and fail. */
export class SignInAllowances {
  private readonly overall: Allowance;
  /** Those that came first stand first. */
  private readonly addresses = new Map<string, Allowance>();

  constructor(private readonly clock: Pick<Clock, 'monotonicMs'>) {
    this.overall = new Allowance(OVERALL, clock);
  }

  /** Answers how to give back what a right key has taken. EXHAUSTED `SIGN_INS_TOO_MANY`. */
  take(address: string): () => void {
    const own = this.of(networkOf(address));
    if (!own.take()) throw new AppError('EXHAUSTED', 'SIGN_INS_TOO_MANY');
    if (!this.overall.take()) {
      own.give(1);
      throw new AppError('EXHAUSTED', 'SIGN_INS_TOO_MANY');
    }
    return () => [own, this.overall].forEach((allowance) => allowance.give(1));
  }

  private of(network: string): Allowance {
    const before = this.addresses.get(network);
    if (before) return before;
    const [first] = this.addresses.keys();
    if (first !== undefined && this.addresses.size >= ADDRESSES_MAX) this.addresses.delete(first);
    const allowance = new Allowance(OF_ADDRESS, this.clock);
    this.addresses.set(network, allowance);
    return allowance;
  }
}

/** Of IPv6 the first 64 bits: whoever has one address there has all. */
const networkOf = (address: string): string => {
  const v4 = /^(?:::ffff:)?(\d{1,3}(?:\.\d{1,3}){3})$/i.exec(address)?.[1];
  if (v4 !== undefined) return v4;
  const [before = '', after] = address.split('::');
  const groups = before.split(':').filter((group) => group !== '');
  const zeros = after === undefined ? 0 : 8 - groups.length - after.split(':').length;
  return [...groups, ...Array<string>(Math.max(0, zeros)).fill('0')].slice(0, 4).join(':');
};
