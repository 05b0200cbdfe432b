import type { LeaseCharge, LeaseName, LeaseRange } from '@gatehouse/leases';
import { gatewayV1, MessageWriter, meteringV1 } from '@gatehouse/proto-gen';
import type { Attempt } from '../../app/gateway.ports';
import { fromProtoHeldLease, toProtoHeldLease } from '../ledger/ledger-messages';
import { fromProtoUsageRecord, toProtoUsageRecord } from '../usage/usage-conversion';
import { accountIn, type EntryAt, fieldsIn } from './untold-record';

/** What was settled under a lease, as far as it was written. */
export interface LeaseSum {
  /** Attempts. */
  readonly count: number;
  readonly sum: bigint;
  readonly doubt: bigint;
}

export const NO_SUM: LeaseSum = { count: 0, sum: 0n, doubt: 0n };

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
  /** Of which others read what they say of it. */
  | { readonly kind: 'account' }
  | { readonly kind: 'opened'; readonly attempt: Attempt }
  | ({ readonly kind: 'settled' } & Settled)
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

/** As far as it is read: `settledIn` has its record. */
export interface Settled {
  readonly name: AttemptName;
  readonly charges: readonly LeaseCharge[];
}

export interface AttemptName {
  readonly requestId: string;
  readonly attempt: number;
}

/** What identifies an attempt, for maps. */
export const keyOf = ({ requestId, attempt }: AttemptName): string => `${requestId}.${attempt}`;

const WRITER = new MessageWriter();

/** Of attempts that are opened and settled, `writeAttempt` makes the bytes: so is opened what is carried from one segment into the next. */
export type EncodedEntry = Exclude<JournalEntry, { kind: 'settled' | 'account' }>;

export const encodeEntry = (entry: EncodedEntry): Uint8Array =>
  WRITER.encode(gatewayV1.JournalEntry, { entry: toProtoEntry(entry) });

/** Undefined of one that only a later version knows, and of one of which the account cannot be read. */
export const decodeEntry = (bytes: Uint8Array, entryAt: EntryAt): JournalEntry | undefined => {
  const { entry } = gatewayV1.JournalEntry.decode(bytes);
  switch (entry?.$case) {
    case 'opened':
      return { kind: 'opened', attempt: fromProtoAttempt(entry.value) };
    case 'settled':
      return settledAs(entry.value.record, entry.value.charges);
    case 'settlement':
      return settledAs(entry.value.changes, entry.value.charges);
    case 'account':
      return { kind: 'account' };
    case 'openedUnderLeases':
      return openedOf(bytes, entry.value, chargesOf(entry.value), entryAt);
    case 'settledUnderLeases':
      return settledAs(entry.value.record, chargesOf(entry.value));
    case 'openedOfAccount':
      return openedOf(bytes, entry.value, entry.value.charges, entryAt);
    case 'settledOfAccount':
      return settledAs(entry.value.record, entry.value.charges);
    case 'told':
      return { kind: 'told', attempts: entry.value.attempts };
    case 'toldBefore': {
      const { segment, offset } = entry.value;
      return { kind: 'toldBefore', position: { segment: Number(segment), offset: Number(offset) } };
    }
    case 'leaseOpened': {
      const { lease, count, sum, doubt } = entry.value;
      const sums = { count: Number(count), sum, doubt };
      return lease && { kind: 'leaseOpened', lease: { name: fromProtoHeldLease(lease), ...sums } };
    }
    case 'leasesClosed':
      return { kind: 'leasesClosed', ...entry.value, recoveredAt: entry.value.recoveredAt };
    case 'lastLease':
      return { kind: 'lastLease', number: entry.value };
    case undefined:
      return undefined;
  }
};

const openedOf = (
  entry: Uint8Array,
  { accountAt }: Pick<gatewayV1.AttemptUnderLeases, 'accountAt'>,
  charges: readonly LeaseCharge[],
  entryAt: EntryAt,
): JournalEntry | undefined => {
  const account = entryAt(Number(accountAt));
  if (!account) return undefined;
  const record = meteringV1.UsageRecord.decode(Buffer.concat([accountIn(account), fieldsIn(entry)]));
  return { kind: 'opened', attempt: { record: fromProtoUsageRecord(record), charges } };
};

const chargesOf = ({ record, charged, doubts }: gatewayV1.AttemptUnderLeases): readonly LeaseCharge[] => {
  const { leases = [] } = record ?? {};
  if (charged.length !== leases.length || (doubts.length > 0 && doubts.length !== leases.length))
    throw new Error('an attempt of the journal without a charge for each of its leases');
  return leases.map((lease, at) => ({ lease, charged: charged[at] as bigint, doubt: doubts[at] ?? 0n }));
};

const settledAs = (name: AttemptName | undefined, charges: readonly LeaseCharge[]): JournalEntry => {
  if (!name) throw new Error('an attempt of the journal without its name');
  return { kind: 'settled', name, charges };
};

const toProtoEntry = (entry: EncodedEntry): gatewayV1.JournalEntry['entry'] => {
  switch (entry.kind) {
    case 'opened':
      return { $case: 'opened', value: toProtoAttempt(entry.attempt) };
    case 'told':
      return { $case: 'told', value: { attempts: [...entry.attempts] } };
    case 'toldBefore': {
      const { segment, offset } = entry.position;
      return { $case: 'toldBefore', value: { segment: BigInt(segment), offset: BigInt(offset) } };
    }
    case 'leaseOpened': {
      const { name, count, sum, doubt } = entry.lease;
      const sums = { count: BigInt(count), sum, doubt };
      return { $case: 'leaseOpened', value: { lease: toProtoHeldLease(name), ...sums } };
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
