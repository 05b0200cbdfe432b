import type { LeaseName, LeaseRange } from '@gatehouse/leases';
import { gatewayV1, MessageWriter } from '@gatehouse/proto-gen';
import type { Attempt } from '../../app/gateway.ports';
import { fromProtoHeldLease, toProtoHeldLease } from '../ledger/ledger-messages';
import { fromProtoUsageRecord, toProtoUsageRecord } from '../usage/usage-conversion';

/** What was settled under a lease, as far as it was written. */
export interface LeaseSum {
  readonly count: bigint;
  readonly sum: bigint;
  readonly doubt: bigint;
}

export const NO_SUM: LeaseSum = { count: 0n, sum: 0n, doubt: 0n };

export interface JournaledLease extends LeaseSum {
  readonly name: LeaseName;
}

/** The end of an entry: the number of its segment, and bytes from there. */
export interface JournalPosition {
  readonly segment: number;
  readonly offset: number;
}

export const isBefore = (a: JournalPosition, b: JournalPosition): boolean =>
  a.segment === b.segment ? a.offset < b.offset : a.segment < b.segment;

/** An entry of the journal. */
export type JournalEntry =
  | { readonly kind: 'opened' | 'settled'; readonly attempt: Attempt }
  | { readonly kind: 'told'; readonly attempts: readonly AttemptName[] }
  | { readonly kind: 'toldBefore'; readonly position: JournalPosition }
  | { readonly kind: 'leaseOpened'; readonly lease: JournaledLease }
  | {
      readonly kind: 'leasesClosed';
      readonly numbers: readonly bigint[];
      /** Carried over from an earlier segment. */
      readonly before: readonly LeaseRange[];
      /** When the ledger was recovered last, as it said. */
      readonly recoveredAt: Date | undefined;
    }
  | { readonly kind: 'lastLease'; readonly number: bigint };

export interface AttemptName {
  readonly requestId: string;
  readonly attempt: number;
}

/** What identifies an attempt, for maps. */
export const keyOf = ({ requestId, attempt }: AttemptName): string => `${requestId}.${attempt}`;

const WRITER = new MessageWriter();

export const encodeEntry = (entry: JournalEntry): Uint8Array =>
  WRITER.encode(gatewayV1.JournalEntry, { entry: toProtoEntry(entry) });

/** Undefined of one that only a later version knows. */
export const decodeEntry = (bytes: Uint8Array): JournalEntry | undefined => {
  const { entry } = gatewayV1.JournalEntry.decode(bytes);
  switch (entry?.$case) {
    case 'opened':
    case 'settled':
      return { kind: entry.$case, attempt: fromProtoAttempt(entry.value) };
    case 'told':
      return { kind: 'told', attempts: entry.value.attempts };
    case 'toldBefore': {
      const { segment, offset } = entry.value;
      return { kind: 'toldBefore', position: { segment: Number(segment), offset: Number(offset) } };
    }
    case 'leaseOpened': {
      const { lease, count, sum, doubt } = entry.value;
      return lease && { kind: 'leaseOpened', lease: { name: fromProtoHeldLease(lease), count, sum, doubt } };
    }
    case 'leasesClosed':
      return { kind: 'leasesClosed', ...entry.value, recoveredAt: entry.value.recoveredAt };
    case 'lastLease':
      return { kind: 'lastLease', number: entry.value };
    case undefined:
      return undefined;
  }
};

const toProtoEntry = (entry: JournalEntry): gatewayV1.JournalEntry['entry'] => {
  switch (entry.kind) {
    case 'opened':
    case 'settled':
      return { $case: entry.kind, value: toProtoAttempt(entry.attempt) };
    case 'told':
      return { $case: 'told', value: { attempts: [...entry.attempts] } };
    case 'toldBefore': {
      const { segment, offset } = entry.position;
      return { $case: 'toldBefore', value: { segment: BigInt(segment), offset: BigInt(offset) } };
    }
    case 'leaseOpened': {
      const { name, count, sum, doubt } = entry.lease;
      return { $case: 'leaseOpened', value: { lease: toProtoHeldLease(name), count, sum, doubt } };
    }
    case 'leasesClosed':
      return {
        $case: 'leasesClosed',
        value: {
          numbers: [...entry.numbers],
          before: [...entry.before],
          recoveredAt: entry.recoveredAt,
        },
      };
    case 'lastLease':
      return { $case: 'lastLease', value: entry.number };
  }
};

const toProtoAttempt = ({ record, charges }: Attempt): gatewayV1.JournaledAttempt => ({
  record: toProtoUsageRecord(record),
  charges: [...charges],
});

const fromProtoAttempt = ({ record, charges }: gatewayV1.JournaledAttempt): Attempt => {
  if (!record) throw new Error('an attempt of the journal without its record');
  return { record: fromProtoUsageRecord(record), charges };
};
