/** What a limit counts in. */
export type Unit = 'nanoUsd' | 'tokens';

/** A budget, as the ledger has it once nothing is under way. */
export interface LimitBook {
  readonly id: string;
  /** Whose it is, e.g. `provision of wave-3a`. */
  readonly of: string;
  readonly unit: Unit;
  readonly amount: bigint;
  /** What is not known of a cut call stays charged. */
  readonly strict: boolean;
  readonly spent: bigint;
  readonly held: bigint;
  /** Of what is held. */
  readonly quarantined: bigint;
  /** Of what is spent or held. */
  readonly doubt: bigint;
  /** Whose calls it governs. */
  readonly teams: readonly string[];
}

/** An attempt in the provider's own book. */
export interface BilledAttempt {
  /** `<request id>.<attempt>`. */
  readonly id: string;
  readonly team: string;
  readonly nanoUsd: bigint;
  readonly tokens: bigint;
  /** Its answer was sent to the end. */
  readonly completed: boolean;
}

/** A usage record. */
export interface RecordedAttempt {
  /** `<request id>.<attempt>`. */
  readonly id: string;
  readonly team: string;
  readonly outcome: 'completed' | 'cut' | 'unknown';
  /** Absent: nobody knows. */
  readonly nanoUsd: bigint | undefined;
  readonly doubtNanoUsd: bigint;
  readonly tokens: bigint | undefined;
  readonly estimated: boolean;
  /** Under which it was admitted: the journal's id, a dot and the lease's number. */
  readonly leases: readonly string[];
}

/** A lease that stays charged because its journal is silent. */
export interface QuarantineBook {
  readonly limitId: string;
  readonly journalId: string;
  readonly amount: bigint;
  /** Its event is in the history. */
  readonly told: boolean;
}

/** A figure that two books do not agree about. */
export interface BookDifference {
  /** Of a lease its journal's id, a dot and its number. */
  readonly subject: string;
  readonly figure: string;
  readonly kept: string;
  readonly found: string;
}

/** What faults took away for good. */
export interface Losses {
  /** Journals that nobody can speak for any more. */
  readonly journals: ReadonlySet<string>;
  /** Of them: those whose entries were deleted. The ledger may have heard of attempts that no record tells of. */
  readonly emptied: ReadonlySet<string>;
  /** Attempts whose entries were deleted: quarantine covers what they cost. */
  readonly attempts: ReadonlySet<string>;
}

/** A lease that the ledger had granted since the backup that was put in its place. */
export interface ForgottenLease {
  readonly limitId: string;
  readonly journalId: string;
  /** The journal's id, a dot and its number. */
  readonly id: string;
  /** What it stood for in the ledger's books, in its limit's unit. */
  readonly amount: bigint;
}

/** All books after a run, once everything is healed and at rest. */
export interface Books {
  readonly limits: readonly LimitBook[];
  readonly billed: readonly BilledAttempt[];
  readonly recorded: readonly RecordedAttempt[];
  /** Requests whose client had a whole answer. */
  readonly answered: ReadonlySet<string>;
  readonly quarantines: readonly QuarantineBook[];
  readonly losses: Losses;
  readonly forgotten: readonly ForgottenLease[];
  /** What `reconcile` found. */
  readonly differences: readonly BookDifference[];
  /** What did not come to rest, e.g. a journal that is stuck. */
  readonly restless: readonly string[];
}

export const sumOf = <T>(items: Iterable<T>, amount: (item: T) => bigint): bigint => {
  let sum = 0n;
  for (const item of items) sum += amount(item);
  return sum;
};
