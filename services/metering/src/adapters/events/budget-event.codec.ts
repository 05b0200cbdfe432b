import type { StoredEvent } from '@gatehouse/event-store';
import { EVENTS } from '@gatehouse/events';
import type { EventId, JournalId, LimitId } from '@gatehouse/kernel';
import { type BudgetEvent, type PendingEvent, streamOf } from '../../domain/lease/lease.events';
import { fromProtoScopeKind, SCOPE_KINDS } from './scope-kind';

/** An event as the store takes it, but for its metadata. */
export interface StoredBudgetEvent extends StoredEvent {
  readonly id: EventId;
  readonly stream: string;
}

export const toStoredEvent = ({ id, event }: PendingEvent): StoredBudgetEvent => ({
  id,
  stream: streamOf(event.limitId),
  ...budgetEventCodec.encode(event),
});

export const budgetEventCodec = EVENTS.codec<BudgetEvent>({
  BudgetThresholdCrossed: {
    toMessage: ({ scope, ...event }) => ({
      ...event,
      scopeKind: SCOPE_KINDS[scope.kind],
      scopeId: scope.id,
    }),
    fromMessage: ({ limitId, scopeKind, scopeId, periodStart, percent, limit, spent }) => {
      const kind = fromProtoScopeKind(scopeKind);
      if (!kind || !periodStart) throw new Error('BudgetThresholdCrossed without its scope or period');
      return {
        limitId: limitId as LimitId,
        scope: { kind, id: scopeId },
        periodStart,
        percent,
        limit,
        spent,
      };
    },
  },
  LeaseQuarantined: {
    toMessage: (event) => event,
    fromMessage: ({ limitId, leaseId, journalId, cap }) => ({
      limitId: limitId as LimitId,
      leaseId,
      journalId: journalId as JournalId,
      cap,
    }),
  },
  QuarantineReleased: {
    toMessage: (event) => event,
    fromMessage: ({ limitId, leaseId, journalId, cap, charged, reason }) => ({
      limitId: limitId as LimitId,
      leaseId,
      journalId: journalId as JournalId,
      cap,
      charged,
      reason,
    }),
  },
  HoldExceeded: {
    toMessage: (event) => event,
    fromMessage: ({ limitId, leaseId, cap, charged }) => ({
      limitId: limitId as LimitId,
      leaseId,
      cap,
      charged,
    }),
  },
});
