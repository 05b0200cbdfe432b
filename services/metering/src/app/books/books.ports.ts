import type { Reconciliation } from '../../domain/books/reconciliation';

/** Both included; YYYY-MM-DD, UTC. */
export interface Days {
  readonly fromDay: string;
  readonly toDay: string;
}

/** The days are of counters: rows and leases are compared whatever theirs. */
export interface ReconcileScope extends Days {
  /** For so long after a lease was closed its records may still be on their way, in milliseconds. */
  readonly lagMs: number;
}

/** The books of usage and limits, side by side. */
export abstract class Books {
  /** Each comparison is of one moment. UNAVAILABLE `DATABASE_UNAVAILABLE`. */
  abstract reconcile(scope: ReconcileScope): Promise<Reconciliation>;
  /**
   * Adds up the counters of some days anew from their records, while they serve and while records come. Answers how many were
   * wrong. UNAVAILABLE `DATABASE_UNAVAILABLE`: some days may be done.
   */
  abstract rebuildCounters(days: Days): Promise<number>;
  /** Does something for a night unless some process has done it or is doing it, and keeps what came of it. */
  abstract oncePerNight(
    night: string,
    reconcile: () => Promise<Reconciliation>,
  ): Promise<Reconciliation | undefined>;
}
