import type { PendingEvent } from '../../domain/lease/lease.events';
import type { OrganizationId } from '@gatehouse/kernel';
import type { WebhookEventType } from '../../domain/webhook/notified-events';
import type { Notification } from '../webhook/webhook.ports';
import type { LedgerAnswers, LedgerCommand } from '../../domain/ledger/ledger-book';

/**
 * The ledger. Each command is carried out all or nothing, as if it were alone, and is durable when answered. Errors
 * beside those of the decisions: UNAVAILABLE (`LEDGER_BUSY`, `DATABASE_UNAVAILABLE`), where the outcome is unknown: say it
 * again with the same ids.
 */
export abstract class Ledger {
  abstract carryOut<Command extends LedgerCommand>(command: Command): Promise<LedgerAnswers[Command['type']]>;
  /** Quarantines leases whose deadline has passed in silence; answers how many. */
  abstract quarantineSilent(): Promise<number>;
  /** Tells what limits that have changed make of what is spent, though nobody asks; answers how many. */
  abstract reviewBudgets(): Promise<number>;
  /** Closes periods of budgets that are over and of which nothing is open; answers how many. */
  abstract closePeriods(): Promise<number>;
  /**
   * Forgets what nobody can ask about any more: closed leases of one limit whose journals know of it, a week after their
   * deadline; outcomes of asks and ended windows of rate limits, after an hour. Answers how many.
   */
  abstract sweep(): Promise<number>;
}

/** An event for receivers of webhooks. */
export interface NotifiedEvent {
  readonly organizationId: OrganizationId;
  readonly type: WebhookEventType;
  readonly notification: Notification;
}

/** Events that the ledger has decided, and that the log may not have yet. */
export abstract class PendingEvents {
  /**
   * Hands over the oldest, in order, and forgets them once `tell` is done, which answers as what receivers of webhooks hear of them: that
   * is kept for those who want it as the event is forgotten. When it throws, they stay. Answers how many were told: none while another
   * process is telling. An event may be told twice, under the same id.
   */
  abstract tell(tell: (event: PendingEvent) => Promise<NotifiedEvent | undefined>): Promise<number>;
}
