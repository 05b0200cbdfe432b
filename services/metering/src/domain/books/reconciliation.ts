import type { EventId } from '@gatehouse/kernel';

/** What was compared with what. */
export type DifferenceKind =
  /** A row of the ledger with its leases, those that were forgotten included. */
  | 'row'
  /** A lease of a budget, or one that is open, with its row. */
  | 'rowMissing'
  /** A closed lease with the records of its attempts. */
  | 'lease'
  /** Records with a lease of which the ledger has never heard, and which no recovery has counted. */
  | 'leaseMissing'
  /** A counter of a minute with the records of its calls. */
  | 'counter'
  /** Counters of hours and days with those of their minutes. */
  | 'rollup';

/** One figure that two books do not agree about. */
export interface Difference {
  readonly kind: DifferenceKind;
  /** Empty where it is not known. */
  readonly organizationId: string;
  /** Of a row its limit and when its period began, of a lease its journal and number, of a counter its time and series. */
  readonly subject: string;
  readonly figure: string;
  /** Decimal numbers, or what else the book that is looked at says. */
  readonly kept: string;
  /** What follows from what it is made of. */
  readonly found: string;
}

/** Why books may say more or less than was truly used, and are right. */
export type ExceptionKind =
  /** A lease fell silent: what it holds is charged until its journal speaks, or it is released. */
  | 'quarantined'
  /** An operator has closed a lease with what its journal had reported. */
  | 'released'
  /** Part of what a row has spent is charged though nobody knows whether it was billed. */
  | 'inDoubt'
  /** Part of what a row has spent was told by records alone when the ledger was recovered: it has lost the leases. */
  | 'recovered';

export interface BookException {
  readonly kind: ExceptionKind;
  readonly organizationId: string;
  readonly limitId: string;
  /** As of a difference. */
  readonly subject: string;
  /** In the limit's unit: held in quarantine, charged when it was released, in doubt, or recovered. */
  readonly amount: bigint;
  /** The event that tells of it, in the stream of the limit; undefined of doubt, which records tell of, and of what was recovered, perhaps at several times. */
  readonly eventId: EventId | undefined;
}

/** What comparing the books has shown. Nothing is changed by it. */
export interface Reconciliation {
  readonly rows: bigint;
  /** Closed, and compared with records. */
  readonly leases: bigint;
  /** Of them: closed a moment ago, so that records may still be on their way. */
  readonly onTheWay: bigint;
  /** Counters of minutes. */
  readonly counters: bigint;
  /** How many figures differ, and the first of them. */
  readonly differing: bigint;
  readonly differences: readonly Difference[];
  readonly excepted: bigint;
  readonly exceptions: readonly BookException[];
}
