import { pause, unlessAborted } from './pause';
import { refusalOf, unavailable } from './wire-failure';

/** The first pause is below it, each further one below twice as much, up to the longest. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 1_000;
/** After a failure the client makes its channel anew; what is called before that fails for nothing. */
const SETTLE_MS = 10;

export interface PersistenceOptions {
  /** A call that failed is not made again when so long has passed since the first; 0 makes it once. */
  readonly patienceMs: number;
  /** What one call may take. */
  readonly deadlineMs: number;
  /** From 0 to 1. */
  readonly random: () => number;
  /** Ends it: what is under way fails. */
  readonly signal: AbortSignal;
}

/**
 * Makes a call until it is answered: a server that begins anew, or a cluster that elects a leader, is away for a second or
 * three, and an append whose first is not yet replicated is answered only when it is repeated. Pauses grow, and have their
 * full length drawn, so that those who wait together do not come back together.
 */
export class Persistence {
  constructor(private readonly options: PersistenceOptions) {}

  /**
   * The call is told what it may take. What was refused for certain is thrown as it is; UNAVAILABLE
   * `EVENT_STORE_UNAVAILABLE` when patience ends.
   */
  async until<T>(call: (deadlineMs: number) => Promise<T>): Promise<T> {
    const { patienceMs, deadlineMs, random, signal } = this.options;
    const giveUpAt = performance.now() + patienceMs;
    for (let attempt = 1, left = deadlineMs; ; attempt++) {
      try {
        return await unlessAborted(signal, () => call(Math.min(deadlineMs, left)));
      } catch (error) {
        const refusal = refusalOf(error);
        if (refusal) throw refusal;
        const pauseMs = growingPauseMs(attempt, random());
        left = giveUpAt - performance.now() - pauseMs;
        await pause(left > 0 ? pauseMs : SETTLE_MS, signal);
        if (left <= 0 || signal.aborted) throw unavailable(error);
      }
    }
  }
}

/** Milliseconds to wait after the n-th failure in a row (from 1), by a draw from 0 to 1. */
export const growingPauseMs = (failures: number, drawn: number): number =>
  SETTLE_MS + drawn * Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** (failures - 1));
