import type { JournalId, LimitId } from '@gatehouse/kernel';
import type { Denial } from '../lease/ask-outcome';
import type { AskSlices } from './slices';

/** An ask that stands in the line of every limit that has denied it, until it is answered. */
export interface Waiter {
  readonly ask: AskSlices;
  /** Rises with everybody who comes to any line: every line is in this order. */
  readonly came: bigint;
  readonly until: Date;
  /** What it is told if nothing comes free. */
  readonly denial: Denial;
  readonly places: readonly Place[];
}

/** A place in the line of one limit. */
export interface Place {
  readonly limitId: LimitId;
  /** What is of use of it: below that it is not served. */
  readonly least: bigint;
  /** The row's turn when it came to this line: leases of later turns were granted since. */
  readonly turn: bigint;
}

/** Who asks, as far as a line is concerned. */
export interface Asking {
  readonly journalId: JournalId;
  readonly askId: string;
}

export const isOf = ({ ask }: Waiter, { journalId, askId }: Asking): boolean =>
  ask.journalId === journalId && ask.askId === askId;

export const placeIn = ({ places }: Waiter, limitId: LimitId): Place | undefined =>
  places.find((place) => place.limitId === limitId);
