import {
  deriveEventId,
  deriveId,
  type EventId,
  type JournalId,
  type LimitId,
  type OrganizationId,
  type ReratingId,
} from '@gatehouse/kernel';
import type { RerateTally } from '../adjustment/rerate-tally';
import type { RerateTerms } from '../adjustment/rerate-terms';
import type { Scope, Unit } from '../limit/limit-in-force';
import { type HeldLease, keyOfLease } from '../journal/held-lease';
import type { WebhookEvent } from '../webhook/webhook.events';
import type { Lease, Slice } from './lease';

/** A share of a budget was spent. */
export interface BudgetThresholdCrossed {
  readonly type: 'BudgetThresholdCrossed';
  readonly limitId: LimitId;
  readonly scope: Scope;
  readonly periodStart: Date;
  readonly percent: number;
  readonly limit: bigint;
  readonly spent: bigint;
  /** Absent in events of before. */
  readonly unit?: Unit;
}

/** What is left of a budget is less than the cheapest call that was asked for in its period. */
export interface BudgetExhausted {
  readonly type: 'BudgetExhausted';
  readonly limitId: LimitId;
  readonly scope: Scope;
  readonly periodStart: Date;
  /** Undefined where it never resets. */
  readonly resetsAt: Date | undefined;
  readonly unit?: Unit;
  readonly limit: bigint;
  readonly spent: bigint;
  readonly quarantined: bigint;
  /** What the cheapest call may come to; 0 where none was asked for. */
  readonly cheapest: bigint;
}

/** Somebody ended the present period of a budget before its time. */
export interface BudgetReset {
  readonly type: 'BudgetReset';
  readonly limitId: LimitId;
  readonly scope: Scope;
  /** Of the period that was ended. */
  readonly periodStart: Date;
  readonly unit?: Unit;
  readonly limit: bigint;
  /** In that period, until then. */
  readonly spent: bigint;
  /** By leases that go on, and are charged to it. */
  readonly held: bigint;
}

/** A period is over and nothing of it is open any more. */
export interface PeriodClosed {
  readonly type: 'PeriodClosed';
  readonly limitId: LimitId;
  readonly scope: Scope;
  readonly periodStart: Date;
  readonly periodEnd: Date;
  readonly unit?: Unit;
  readonly limit: bigint;
  readonly spent: bigint;
  readonly doubt: bigint;
  /** Calls of its leases. */
  readonly attempts: bigint;
  /** Of its leases, as `withRecord` of the kernel makes it of journal and number, count, sum and doubt of each. */
  readonly digest: string;
}

/** A lease fell silent past its deadline. */
export interface LeaseQuarantined {
  readonly type: 'LeaseQuarantined';
  readonly limitId: LimitId;
  /** Of a lease of one limit: its journal and number. */
  readonly leaseId: string;
  readonly journalId: JournalId;
  readonly cap: bigint;
}

/** Somebody gave back what a lease in quarantine held, since its journal will not speak again. */
export interface QuarantineReleased {
  readonly type: 'QuarantineReleased';
  readonly limitId: LimitId;
  /** Its journal and number. */
  readonly leaseId: string;
  readonly journalId: JournalId;
  readonly cap: bigint;
  /** What it stays charged: as much as its journal had reported. */
  readonly charged: bigint;
  readonly reason: string;
}

/** A lease cost more than was held for it. */
export interface HoldExceeded {
  readonly type: 'HoldExceeded';
  readonly limitId: LimitId;
  /** Of a lease of one limit: its journal and number. */
  readonly leaseId: string;
  readonly cap: bigint;
  readonly charged: bigint;
}

/** Somebody took it upon them that what was in doubt in a period was not billed. */
export interface DoubtWaived {
  readonly type: 'DoubtWaived';
  readonly limitId: LimitId;
  readonly scope: Scope;
  readonly periodStart: Date;
  readonly unit?: Unit;
  readonly limit: bigint;
  /** Without what was waived. */
  readonly spent: bigint;
  readonly waived: bigint;
}

/** The ledger was restored from a backup, and usage records told of more than it knew to be spent. */
export interface BudgetRecovered {
  readonly type: 'BudgetRecovered';
  readonly limitId: LimitId;
  readonly scope: Scope;
  readonly periodStart: Date;
  readonly unit?: Unit;
  readonly limit: bigint;
  /** With what was recovered. */
  readonly spent: bigint;
  readonly recovered: bigint;
}

/** Something was learnt of what an attempt cost, and its limits and counters were moved. */
export interface UsageAdjusted {
  readonly type: 'UsageAdjusted';
  readonly usageRequestId: string;
  readonly attempt: number;
  readonly admittedAt: Date;
  readonly workspaceId: string;
  readonly provisionId: string;
  /** Nano-USD; absent where it was unknown. */
  readonly before?: bigint;
  readonly amount: bigint;
  /** By how much what was spent and in doubt moved in which periods. */
  readonly limits: readonly {
    readonly limitId: LimitId;
    readonly periodStart: Date;
    readonly spent: bigint;
    readonly doubt: bigint;
  }[];
}

/** An admin has records of a span rated anew. */
export interface UsageReratingBegun {
  readonly type: 'UsageReratingBegun';
  readonly reratingId: ReratingId;
  /** Of the event's organization. */
  readonly terms: Omit<RerateTerms, 'organizationId'>;
  readonly priceBookVersion: bigint;
}

/** Some of them were: limits and counters were moved by it. */
export interface UsageRerated {
  readonly type: 'UsageRerated';
  readonly reratingId: ReratingId;
  /** From 1. */
  readonly batch: number;
  /** Of these records alone. */
  readonly tally: RerateTally;
  readonly limits: UsageAdjusted['limits'];
}

export interface UsageReratingEnded {
  readonly type: 'UsageReratingEnded';
  readonly reratingId: ReratingId;
  /** Of all records that were looked at. */
  readonly tally: RerateTally;
  /** It was given up: the rest of its records stays as it is. Absent: it came to its end. */
  readonly failed?: true;
}

/** Stream `rerating-{id}`. */
export type ReratingEvent = UsageReratingBegun | UsageRerated | UsageReratingEnded;

/** Stream `budget-{limit id}`. */
export type BudgetEvent =
  | BudgetThresholdCrossed
  | BudgetExhausted
  | BudgetReset
  | PeriodClosed
  | DoubtWaived
  | BudgetRecovered
  | LeaseQuarantined
  | QuarantineReleased
  | HoldExceeded;

/** All that metering tells. */
export type MeteringEvent = BudgetEvent | UsageAdjusted | ReratingEvent | WebhookEvent;

/** An event on its way to the log: its id derives from the fact, so that telling it twice tells it once. */
export interface PendingEvent {
  readonly id: EventId;
  readonly organizationId: OrganizationId;
  readonly event: MeteringEvent;
  /** Absent where the ledger tells it by itself. */
  readonly asked?: Asked;
}

/** Who asked for something, and why. */
export interface Asked {
  readonly actor: {
    readonly kind: 'apiKey' | 'service' | 'operator' | 'invite';
    readonly id: string;
    readonly address: string;
  };
  readonly reason: string;
  readonly requestId: string;
  readonly command: string;
  /** The event that tells of its approval, where somebody else had to approve it. */
  readonly causationId?: string;
}

/** Of a command that may have no id of its own: that of the fact is its id then. */
export type AskedByHand = Omit<Asked, 'requestId'> & Partial<Pick<Asked, 'requestId'>>;

/** Of an attempt that is adjusted: all that is ever learnt of it. */
export const streamOf = (event: MeteringEvent): string => {
  if ('webhookId' in event) return `webhook-${event.webhookId}`;
  if ('reratingId' in event) return `rerating-${event.reratingId}`;
  return event.type === 'UsageAdjusted'
    ? `adjustment-${deriveId('adj', event.usageRequestId, String(event.attempt))}`
    : `budget-${event.limitId}`;
};

/** A lease that spoke again may fall silent again, then past another deadline. */
export const leaseQuarantinedId = (leaseId: string, limitId: LimitId, deadline: Date): EventId =>
  deriveEventId('LeaseQuarantined', leaseId, limitId, deadline.toISOString());

export const quarantineReleasedId = (leaseId: string): EventId =>
  deriveEventId('QuarantineReleased', leaseId);

export const leaseQuarantined = (lease: Lease, { limitId, cap }: Slice): PendingEvent => ({
  id: leaseQuarantinedId(lease.id, limitId, lease.deadline),
  organizationId: lease.organizationId,
  event: {
    type: 'LeaseQuarantined',
    limitId,
    leaseId: lease.id,
    journalId: lease.journalId,
    cap,
  },
});

export const holdExceeded = (lease: Lease, { limitId, cap, charged }: Slice): PendingEvent => ({
  id: deriveEventId('HoldExceeded', lease.id, limitId),
  organizationId: lease.organizationId,
  event: { type: 'HoldExceeded', limitId, leaseId: lease.id, cap, charged },
});

export const heldLeaseQuarantined = (lease: HeldLease): PendingEvent => {
  const { journalId, number, limitId, cap, organizationId } = lease;
  const leaseId = keyOfLease(journalId, number);
  return {
    id: leaseQuarantinedId(leaseId, limitId, lease.deadline),
    organizationId,
    event: { type: 'LeaseQuarantined', limitId, leaseId, journalId, cap },
  };
};

export const heldLeaseReleased = (lease: HeldLease, asked: AskedByHand): PendingEvent => {
  const { journalId, number, limitId, cap, sum: charged, organizationId } = lease;
  const leaseId = keyOfLease(journalId, number);
  const id = quarantineReleasedId(leaseId);
  return {
    id,
    organizationId,
    asked: { requestId: id, ...asked },
    event: { type: 'QuarantineReleased', limitId, leaseId, journalId, cap, charged, reason: asked.reason },
  };
};

/** Of each limit once an hour: a provider that ignores bounds ignores them at every call. */
export const heldLeaseExceeded = (lease: HeldLease, charged: bigint, now: Date): PendingEvent => {
  const { journalId, number, limitId, cap, organizationId } = lease;
  return {
    id: deriveEventId('HoldExceeded', limitId, now.toISOString().slice(0, 'YYYY-MM-DDTHH'.length)),
    organizationId,
    event: { type: 'HoldExceeded', limitId, leaseId: keyOfLease(journalId, number), cap, charged },
  };
};
