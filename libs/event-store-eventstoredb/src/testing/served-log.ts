import type { Faults } from './faults';
import type { Replication } from './replication';
import type { ServerLog } from './server-log';

/** Calls that came in, by method. */
export interface CallCounts {
  append: number;
  /** Of the appends, those that came while the same ids were being replicated. */
  dropped: number;
  batchAppend: number;
  read: number;
  subscription: number;
}

/** What the calls of one test server share. */
export interface ServedLog {
  readonly log: ServerLog;
  readonly faults: Faults;
  readonly replication: Replication;
  readonly counts: CallCounts;
  /** False from its death to its restart. */
  readonly alive: boolean;
  /** Cuts the connection of the peer, as `getPeer` of a call names it. */
  cut(peer: string): void;
  /** The server is gone, as by SIGKILL. */
  die(): void;
}
