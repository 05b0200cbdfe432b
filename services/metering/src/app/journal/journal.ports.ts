import type { JournalId, LimitId, OrganizationId, PageRequest } from '@gatehouse/kernel';
import type { AskSlices, SliceOutcome } from '../../domain/journal/slices';
import type { RecordedLease } from '../../domain/journal/recover-leases';
import type { WantedLimits } from '../../domain/journal/waiting-line';
import type { Journal } from '../../domain/lease/lease';
import type { Asked } from '../../domain/lease/lease.events';
import type { ScopeAt } from '../../domain/limit/limit-in-force';
import type { RecordedPeriod } from '../../domain/ledger/recover-spent';

/** What a journal's stream is fed from: any process of metering may serve it. */
export abstract class JournalNews {
  /** Undefined where it has never begun. */
  abstract journal(id: JournalId): Promise<Pick<Journal, 'incarnation'> | undefined>;
  /** Scopes of leases that it has not closed which have changed since these were granted, as far as was heard. */
  abstract changedScopes(id: JournalId): Promise<readonly ScopeAt[]>;
}

/** The lines of limits, as any process of metering may look at them. */
export abstract class WaitingLines {
  /** Limits for which somebody waits, and for what was granted before the last of them came. */
  abstract waitedFor(): Promise<WantedLimits>;
  /** Of some limits' lines: whose asks are to be decided anew, in order, and for which of the limits somebody waits at all. */
  abstract toServe(
    limitIds: readonly LimitId[],
  ): Promise<{ readonly asks: readonly AskSlices[]; readonly wanted: WantedLimits }>;
  /** Asks of some journals that stood in line and were answered within the last seconds, each for the first time. */
  abstract newlyAnswered(
    journals: readonly JournalId[],
  ): Promise<
    readonly { readonly journalId: JournalId; readonly askId: string; readonly answer: SliceOutcome }[]
  >;
}

/** A journal that holds leases. */
export interface JournalState {
  readonly id: JournalId;
  readonly openLeases: number;
  readonly quarantinedLeases: number;
  /** The latest of its leases: until then its silence is no quarantine. */
  readonly deadline: Date;
}

/** What an operator looks after. */
export abstract class JournalAccounts {
  /** Those with leases that are open or quarantined, by their ids. */
  abstract holding(page: PageRequest<JournalId>): Promise<readonly JournalState[]>;
  /** Numbers of its leases in quarantine; at most 1,000. */
  abstract quarantinedOf(id: JournalId): Promise<readonly bigint[]>;
  /** Leases of a limit that were in quarantine then, or when that request of its organization was first made; at most 1,000. */
  abstract quarantinedUnder(
    limitId: LimitId,
    when: Date | { readonly organizationId: OrganizationId; readonly requestId: string },
  ): Promise<readonly { readonly journalId: JournalId; readonly numbers: readonly bigint[] }[]>;
  /** When the ledger was found to be restored from a backup; undefined where it was not, or was recovered. */
  abstract restoredAt(): Promise<Date | undefined>;
  /** Whether one has said of late, to a ledger that was restored, that the bus lacks records of what was settled under its leases. */
  abstract someUntold(): Promise<boolean>;
  /**
   * Those with leases that are open or quarantined which have said nothing since then, and those that have said as their last word that the bus
   * lacks records, by their ids; at most 1,000.
   */
  abstract unheardSince(since: Date): Promise<readonly JournalState[]>;
  /**
   * Lets a restored ledger grant again, keeps who and why, and what journals have said until now. Answers false where it was not restored, and
   * where there are `someUntold` by now.
   */
  abstract recover(by: Pick<Asked, 'actor' | 'reason'>): Promise<boolean>;
}

/** What usage records say of the ledger: each as the last correction of its attempt has it. */
export abstract class RecordedUsage {
  /** Whether all are read that the bus has: within two seconds. Errors: UNAVAILABLE `BUS_UNAVAILABLE`. */
  abstract areRead(): Promise<boolean>;
  /** Of leases that are not closed, by their journals. */
  abstract ofLeases(): Promise<ReadonlyMap<JournalId, readonly RecordedLease[]>>;
  /** Keeps what is recorded of leases that the ledger has lost, for when their finals come after all. */
  abstract keepOfLost(noticedAt: Date): Promise<void>;
  /** Of every period that the ledger knows, and of the present one of each limit. */
  abstract ofPeriods(): Promise<readonly RecordedPeriod[]>;
}
