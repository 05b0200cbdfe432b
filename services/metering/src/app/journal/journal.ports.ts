import type { JournalId } from '@gatehouse/kernel';
import type { Journal } from '../../domain/lease/lease';
import type { ScopeAt } from '../../domain/ledger/grounds';

/** What a journal's stream is fed from: any process of metering may serve it. */
export abstract class JournalNews {
  /** Undefined where it has never begun. */
  abstract journal(id: JournalId): Promise<Pick<Journal, 'incarnation'> | undefined>;
  /** Scopes of leases that it has not closed which have changed since these were granted, as far as was heard. */
  abstract changedScopes(id: JournalId): Promise<readonly ScopeAt[]>;
}
