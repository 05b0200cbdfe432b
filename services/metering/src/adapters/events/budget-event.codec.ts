import type { EventCodec, JsonObject } from '@gatehouse/event-store';
import type { EventId, JournalId, LeaseId, LimitId } from '@gatehouse/kernel';
import { eventsV1 } from '@gatehouse/proto-gen';
import { type BudgetEvent, type PendingEvent, streamOf } from '../../domain/lease/lease.events';
import { fromProtoScopeKind, SCOPE_KINDS } from './scope-kind';

/** An event as the store takes it, but for its metadata. */
export interface StoredBudgetEvent {
  readonly id: EventId;
  readonly stream: string;
  readonly type: string;
  readonly version: number;
  readonly data: JsonObject;
}

export const toStoredEvent = ({ id, event }: PendingEvent): StoredBudgetEvent => ({
  id,
  stream: streamOf(event.limitId),
  ...budgetEventCodec.encode(event),
});

/** What is stored of each event: the proto3 JSON of the message of the same name. */
type Stored = {
  [Event in BudgetEvent as `${Event['type']}@${Event['version']}`]: (data: JsonObject) => Event;
};

/** One for each version that was ever stored; each has a golden file in `fixtures/events`. */
const upcasters: Stored = {
  'BudgetThresholdCrossed@1': (data) => {
    const { limitId, scopeKind, scopeId, periodStart, percent, limit, spent } =
      eventsV1.BudgetThresholdCrossed.fromJSON(data);
    const kind = fromProtoScopeKind(scopeKind);
    if (!kind || !periodStart) throw new Error('BudgetThresholdCrossed without its scope or period');
    return {
      type: 'BudgetThresholdCrossed',
      version: 1,
      limitId: limitId as LimitId,
      scope: { kind, id: scopeId },
      periodStart,
      percent,
      limit,
      spent,
    };
  },
  'LeaseQuarantined@1': (data) => {
    const { limitId, leaseId, journalId, cap } = eventsV1.LeaseQuarantined.fromJSON(data);
    return {
      type: 'LeaseQuarantined',
      version: 1,
      limitId: limitId as LimitId,
      leaseId: leaseId as LeaseId,
      journalId: journalId as JournalId,
      cap,
    };
  },
  'HoldExceeded@1': (data) => {
    const { limitId, leaseId, cap, charged } = eventsV1.HoldExceeded.fromJSON(data);
    return {
      type: 'HoldExceeded',
      version: 1,
      limitId: limitId as LimitId,
      leaseId: leaseId as LeaseId,
      cap,
      charged,
    };
  },
};

/** `<type>@<version>` of all that was ever stored. */
export const STORED_VERSIONS: readonly string[] = Object.keys(upcasters);

export const budgetEventCodec: EventCodec<BudgetEvent> = {
  encode: (event) => ({ type: event.type, version: event.version, data: encodeData(event) }),
  decode: ({ type, version, data }) => {
    const key = `${type}@${version}`;
    if (!(key in upcasters)) throw new Error(`${key} is no event of a budget`);
    return upcasters[key as keyof Stored](data);
  },
};

const encodeData = (event: BudgetEvent): JsonObject => {
  switch (event.type) {
    case 'BudgetThresholdCrossed': {
      const { scope, ...rest } = event;
      return eventsV1.BudgetThresholdCrossed.toJSON({
        ...rest,
        scopeKind: SCOPE_KINDS[scope.kind],
        scopeId: scope.id,
      }) as JsonObject;
    }
    case 'LeaseQuarantined':
      return eventsV1.LeaseQuarantined.toJSON(event) as JsonObject;
    case 'HoldExceeded':
      return eventsV1.HoldExceeded.toJSON(event) as JsonObject;
  }
};
