import type { PendingEvent } from '../../domain/lease/lease.events';

/** Events that the ledger has decided, and that the log may not have yet. */
export abstract class PendingEvents {
  /**
   * Hands over the oldest, in order, and forgets them once `tell` is done; when it throws, they stay. Answers how many
   * were told. Several processes may do so at once; an event may be told twice, under the same id.
   */
  abstract tell(tell: (event: PendingEvent) => Promise<void>): Promise<number>;
}
