import type { EventCodec, StoredEvent } from '@gatehouse/event-store';
import { EVENTS } from '@gatehouse/events';
import type { EventId, JournalId, LimitId, ReratingId } from '@gatehouse/kernel';
import type { meteringV1 } from '@gatehouse/proto-gen';
import {
  type BudgetEvent,
  type MeteringEvent,
  type PendingEvent,
  type ReratingEvent,
  streamOf,
  type UsageAdjusted,
} from '../../domain/lease/lease.events';
import type { Scope } from '../../domain/limit/limit-in-force';
import { fromProtoLimitUnit, toProtoLimitUnit } from './limit-unit';
import {
  fromRecordedRerateTerms,
  fromRecordedTally,
  toProtoRerateTally,
  toProtoRerateTerms,
} from './rerating-messages';
import { fromProtoScopeKind, SCOPE_KINDS } from './scope-kind';
import { webhookEventCodec } from './webhook-event.codec';

/** An event as the store takes it, but for its metadata. */
export interface StoredBudgetEvent extends StoredEvent {
  readonly id: EventId;
  readonly stream: string;
}

export const toStoredEvent = ({ id, event }: PendingEvent): StoredBudgetEvent => ({
  id,
  stream: streamOf(event),
  ...meteringEventCodec.encode(event),
});

interface PeriodMessage {
  readonly limitId: string;
  readonly scopeKind: meteringV1.ScopeKind;
  readonly scopeId: string;
  readonly periodStart?: Date;
  readonly unit: meteringV1.LimitUnit;
}

/** Which limit's, and which of its periods. Throws where the record is not one that `toPeriodMessage` made. */
const fromPeriodMessage = ({ limitId, scopeKind, scopeId, periodStart, unit: number }: PeriodMessage) => {
  const kind = fromProtoScopeKind(scopeKind);
  const unit = fromProtoLimitUnit(number);
  if (!kind || !periodStart) throw new Error('an event of a budget without its scope or period');
  return {
    limitId: limitId as LimitId,
    scope: { kind, id: scopeId },
    periodStart,
    ...(unit && { unit }),
  };
};

const toPeriodMessage = <
  Event extends Pick<Extract<BudgetEvent, { readonly scope: Scope }>, 'scope' | 'unit'>,
>({
  scope,
  unit,
  ...event
}: Event) => ({
  ...event,
  scopeKind: SCOPE_KINDS[scope.kind],
  scopeId: scope.id,
  unit: toProtoLimitUnit(unit),
});

export const budgetEventCodec = EVENTS.codec<BudgetEvent>({
  BudgetThresholdCrossed: {
    toMessage: toPeriodMessage,
    fromMessage: ({ percent, limit, spent, ...message }) => ({
      ...fromPeriodMessage(message),
      percent,
      limit,
      spent,
    }),
  },
  BudgetExhausted: {
    toMessage: toPeriodMessage,
    fromMessage: ({ resetsAt, limit, spent, quarantined, cheapest, ...message }) => ({
      ...fromPeriodMessage(message),
      resetsAt,
      limit,
      spent,
      quarantined,
      cheapest,
    }),
  },
  BudgetReset: {
    toMessage: toPeriodMessage,
    fromMessage: ({ limit, spent, held, ...message }) => ({
      ...fromPeriodMessage(message),
      limit,
      spent,
      held,
    }),
  },
  DoubtWaived: {
    toMessage: toPeriodMessage,
    fromMessage: ({ limit, spent, waived, ...message }) => ({
      ...fromPeriodMessage(message),
      limit,
      spent,
      waived,
    }),
  },
  BudgetRecovered: {
    toMessage: toPeriodMessage,
    fromMessage: ({ limit, spent, recovered, ...message }) => ({
      ...fromPeriodMessage(message),
      limit,
      spent,
      recovered,
    }),
  },
  PeriodClosed: {
    toMessage: ({ digest, ...event }) => ({ ...toPeriodMessage(event), digest: Buffer.from(digest, 'hex') }),
    fromMessage: ({ periodEnd, limit, spent, doubt, attempts, digest, ...message }) => {
      if (!periodEnd) throw new Error('PeriodClosed without its end');
      return {
        ...fromPeriodMessage(message),
        ...{ periodEnd, limit, spent, doubt, attempts },
        digest: Buffer.from(digest).toString('hex'),
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

type Moved = UsageAdjusted['limits'];

export const toProtoLimitsMoved = (limits: Moved): meteringV1.LimitMoved[] =>
  limits.map(({ limitId, periodStart, spent, doubt }) => ({
    ...{ limitId, periodStart, spentNanoUsd: spent, doubtNanoUsd: doubt },
  }));

const fromProtoLimitsMoved = (limits: readonly meteringV1.LimitMoved[]): Moved =>
  limits.map(({ limitId, periodStart, spentNanoUsd: spent, doubtNanoUsd: doubt }) => {
    if (!periodStart) throw new Error('a limit was moved in no period');
    return { limitId: limitId as LimitId, periodStart, spent, doubt };
  });

export const adjustmentEventCodec = EVENTS.codec<UsageAdjusted>({
  UsageAdjusted: {
    toMessage: ({ before, amount, limits, ...event }) => ({
      ...event,
      beforeNanoUsd: before,
      amountNanoUsd: amount,
      limits: toProtoLimitsMoved(limits),
    }),
    fromMessage: ({ beforeNanoUsd: before, amountNanoUsd: amount, limits, admittedAt, ...message }) => {
      if (!admittedAt) throw new Error('UsageAdjusted without its admission');
      return {
        ...message,
        admittedAt,
        ...(before !== undefined && { before }),
        amount,
        limits: fromProtoLimitsMoved(limits),
      };
    },
  },
});

export const reratingEventCodec = EVENTS.codec<ReratingEvent>({
  UsageReratingBegun: {
    toMessage: ({ reratingId, terms, priceBookVersion }) => ({
      reratingId,
      terms: toProtoRerateTerms(terms, priceBookVersion),
    }),
    fromMessage: ({ reratingId, terms }) => {
      if (terms?.priceBook?.$case !== 'version') throw new Error('UsageReratingBegun without its prices');
      return {
        reratingId: reratingId as ReratingId,
        terms: fromRecordedRerateTerms(terms),
        priceBookVersion: terms.priceBook.value,
      };
    },
  },
  UsageRerated: {
    toMessage: ({ reratingId, batch, tally, limits }) => ({
      ...{ reratingId, batch, tally: toProtoRerateTally(tally) },
      limits: toProtoLimitsMoved(limits),
    }),
    fromMessage: ({ reratingId, batch, tally, limits }) => ({
      ...{ reratingId: reratingId as ReratingId, batch, tally: fromRecordedTally(tally) },
      limits: fromProtoLimitsMoved(limits),
    }),
  },
  UsageReratingEnded: {
    toMessage: ({ reratingId, tally, failed = false }) => ({
      ...{ reratingId, tally: toProtoRerateTally(tally), failed },
    }),
    fromMessage: ({ reratingId, tally, failed }) => ({
      ...{ reratingId: reratingId as ReratingId, tally: fromRecordedTally(tally) },
      ...(failed && { failed }),
    }),
  },
});

/** All that metering records. */
export const meteringEventCodec: Pick<EventCodec<MeteringEvent>, 'encode' | 'decode'> = {
  encode: (event) => {
    if ('webhookId' in event) return webhookEventCodec.encode(event);
    if ('reratingId' in event) return reratingEventCodec.encode(event);
    return event.type === 'UsageAdjusted'
      ? adjustmentEventCodec.encode(event)
      : budgetEventCodec.encode(event);
  },
  decode: (stored) => {
    if (stored.type.startsWith('Webhook')) return webhookEventCodec.decode(stored);
    if (stored.type.startsWith('UsageRerat')) return reratingEventCodec.decode(stored);
    return stored.type === 'UsageAdjusted'
      ? adjustmentEventCodec.decode(stored)
      : budgetEventCodec.decode(stored);
  },
};
