import { amountAt, type Limit, type ScopeKind } from '@gatehouse/kernel';
import type { OfferedModel } from '@gatehouse/offering';
import type { RefusalReason } from './explain-route';

/** Where a limit stands in its period of now, by metering. */
export interface LimitStanding {
  readonly spent: bigint;
  readonly held: bigint;
  /** Absent when it never starts anew. */
  readonly resetsAt?: Date;
  /** What is left is less than the cheapest call that was asked for in the period; absent where nobody looks. */
  readonly exhausted?: boolean;
}

export interface ApplyingLimit {
  readonly scope: { readonly kind: ScopeKind; readonly id: string };
  readonly limit: Limit;
  /** Absent where nobody knows: metering could not be asked, or has not heard of it. */
  readonly standing?: LimitStanding;
}

/** What a limit leaves at a time, below 0 where more was spent than it lets; undefined where nobody knows. */
export const freeAt = ({ limit, standing }: ApplyingLimit, at: Date): bigint | undefined =>
  standing && amountAt(limit, at) - standing.spent - standing.held;

/** The same limit as a time finds it: after its period has ended, nothing is spent of it. */
export const seenAt = (applying: ApplyingLimit, at: Date): ApplyingLimit => {
  const { standing } = applying;
  if (!standing?.resetsAt || standing.resetsAt > at) return applying;
  return { ...applying, standing: { spent: 0n, held: 0n } };
};

/** Whether a limit lets nothing more be spent, as seen at a time. */
const leavesNothing = (limit: ApplyingLimit, at: Date): boolean => (freeAt(limit, at) ?? 1n) <= 0n;

/** Those that leave nothing, or less than any call of the period has asked for, as seen at a time. */
export const exhaustedAt = (limits: readonly ApplyingLimit[], at: Date): readonly ApplyingLimit[] =>
  limits.filter((limit) => limit.standing?.exhausted === true || leavesNothing(limit, at));

/** When the last of exhausted limits starts anew; undefined where there is none, or one of them never does. */
export const againAt = (exhausted: readonly ApplyingLimit[]): Date | undefined => {
  const ends = exhausted.map(({ standing }) => standing?.resetsAt);
  return ends.reduce((last, end) => (last && end && (end > last ? end : last)) || undefined);
};

/** Why limits stand against a call. */
export interface LimitRefusal {
  readonly refused: Extract<RefusalReason, 'modelUnpriced' | 'limitExhausted'>;
  /** When it fits again; absent where no time helps. */
  readonly resetsAt?: Date;
}

/** What metering would refuse a call of a model for; undefined where nothing stands against it, as far as anybody knows. */
export const refusedByLimits = (
  limits: readonly ApplyingLimit[],
  { price }: Pick<OfferedModel, 'price'>,
  at: Date,
): LimitRefusal | undefined => {
  const countsUsd = ({ limit }: ApplyingLimit): boolean => limit.unit === 'nanoUsd';
  if (!price && limits.some(countsUsd)) return { refused: 'modelUnpriced' };
  // What costs nothing fits where nothing is left.
  const isFree = price && Object.values(price.prices.rates).every((rate) => rate === 0n);
  const counting = isFree
    ? limits.filter((limit) => !countsUsd(limit) || (freeAt(limit, at) ?? 0n) < 0n)
    : limits;
  // What is less than any call has asked for may be enough for this one.
  const against = counting.filter((limit) => leavesNothing(limit, at));
  if (against.length === 0) return undefined;
  const resetsAt = againAt(against);
  return { refused: 'limitExhausted', ...(resetsAt && { resetsAt }) };
};
