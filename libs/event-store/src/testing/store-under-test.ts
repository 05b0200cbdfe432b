import type { EventStore } from '../event-store';

/** A log for one run of the contract. It may hold events of others; the contract looks at its own streams only. */
export interface StoreUnderTest {
  readonly store: EventStore;
  /** The same log through another client, as after a restart of the process. The contract closes it. */
  open(): Promise<EventStore>;
  /** Makes the next append through `store` take effect without its answer arriving: it fails with UNAVAILABLE. */
  loseNextAnswer(): Promise<void>;
  /**
   * Makes trouble while others write, until aborted: transactions that append to these streams and dawdle or roll
   * back, connections cut. What it leaves in the streams counts like any other event.
   */
  disturb?(streams: readonly string[], signal: AbortSignal): Promise<void>;
  /** Closes `store` and removes the log where it is the test's own. */
  dispose(): Promise<void>;
}

/** What a store does beyond what the port promises. */
export interface StoreTraits {
  /** Positions are 1, 2, 3 … and the log begins empty. */
  readonly dense?: boolean;
  /** An event id that the log holds is refused in any append that is not a repetition. */
  readonly refusesReusedIds?: boolean;
  /** The log's time never falls as positions rise. */
  readonly monotoneTime?: boolean;
  /** Who the store itself says appended, where it says so. */
  readonly writer?: string;
}
