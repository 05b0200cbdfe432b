import type { JournalId, PageRequest } from '@gatehouse/kernel';
import type { Journal } from '../../domain/lease/lease';
import type { ScopeAt } from '../../domain/ledger/grounds';

/** What a journal's stream is fed from: any process of metering may serve it. */
export abstract class JournalNews {
  /** Undefined where it has never begun. */
  abstract journal(id: JournalId): Promise<Pick<Journal, 'incarnation'> | undefined>;
  /** Scopes of leases that it has not closed which have changed since these were granted, as far as was heard. */
  abstract changedScopes(id: JournalId): Promise<readonly ScopeAt[]>;
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
  /** When the ledger was found to be restored from a backup; undefined where it was not, or was recovered. */
  abstract restoredAt(): Promise<Date | undefined>;
  /** Lets a restored ledger grant again, and keeps why. Answers false where it was not restored. */
  abstract recover(reason: string): Promise<boolean>;
}
