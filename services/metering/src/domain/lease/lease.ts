import type { JournalId, LeaseId, LimitId, OrganizationId } from '@gatehouse/kernel';
import type { Amounts } from '@gatehouse/leases';
import type { Unit } from '../limit/limit-in-force';

/** A process that holds leases, by the random id of the file in which it records what it does under them. */
export interface Journal {
  readonly id: JournalId;
  /** Which start of the process may ask: older ones are fenced. */
  readonly incarnation: bigint;
  /** The number of its newest lease; 0 before the first. */
  readonly lastLease: bigint;
  /** The journal has heard that the finals of all leases with smaller numbers are charged. */
  readonly acknowledgedBelow: bigint;
  /** Its numbers up to this were given before the ledger was recovered last: one that it does not know was lost then. */
  readonly lostUpTo: bigint;
  /** When it said last, to a ledger that was restored, that the bus lacks records of what was settled under its leases; undefined where it has all. */
  readonly untoldAt: Date | undefined;
}

/** Of one that was never heard of, but for who it is. */
export const NEW_JOURNAL: Omit<Journal, 'id' | 'incarnation'> = {
  ...{ lastLease: 0n, acknowledgedBelow: 1n, lostUpTo: 0n },
  untoldAt: undefined,
};

/** A lease's part in one limit: always in the period that granted it. */
export interface Slice {
  readonly limitId: LimitId;
  readonly periodStart: Date;
  readonly unit: Unit;
  readonly cap: bigint;
  /** What it cost in the end; 0 until closed. */
  readonly charged: bigint;
}

/** `quarantined`: silent past its deadline. Its cap stays charged until its journal speaks, never by time alone. */
export type LeaseStatus = 'open' | 'quarantined' | 'closed';

export interface Lease {
  readonly id: LeaseId;
  readonly askId: string;
  readonly journalId: JournalId;
  readonly organizationId: OrganizationId;
  readonly status: LeaseStatus;
  /** When silence becomes quarantine. */
  readonly deadline: Date;
  /** The first end of what granted it, be it a period, a raise or a provision: nothing is admitted after it. */
  readonly admitUntil: Date | undefined;
  /** Sequence number of the last return; 0 before the first. */
  readonly returns: bigint;
  /** Attempts admitted under it, what they cost, and how much of that in doubt; nothing until closed. */
  readonly count: bigint;
  readonly sum: Amounts;
  readonly doubt: Amounts;
  /** In order of limit id. */
  readonly slices: readonly Slice[];
}

export interface LeaseTerms {
  /** How long after the first sending of the ask a lease may admit, in milliseconds. */
  readonly ttlMs: number;
  /** How much longer it may be silent before it counts as quarantined, in milliseconds. */
  readonly marginMs: number;
}
