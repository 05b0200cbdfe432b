import type { OrganizationId, Page, PageRequest } from '@gatehouse/kernel';

/** The projection that the history is kept in; queries wait for it by this name. */
export const HISTORY = 'history';

/** Which events are asked for; absent fields mean any. */
export interface HistoryFilter {
  readonly organizationId: OrganizationId;
  readonly stream?: string;
  readonly type?: string;
  readonly actorId?: string;
  /** Inclusive. */
  readonly from?: Date;
  /** Exclusive. */
  readonly to?: Date;
}

/** An event as the history tells it. */
export interface HistoryEvent {
  /** Place in the audit's own dense order, from 1; what paging goes by. */
  readonly sequence: bigint;
  readonly id: string;
  readonly position: bigint;
  readonly stream: string;
  readonly revision: bigint;
  readonly type: string;
  readonly version: number;
  /** The event's data exactly as recorded, as JSON text. */
  readonly dataJson: string;
  readonly actor: {
    readonly kind: 'apiKey' | 'service' | 'operator' | 'invite';
    readonly id: string;
    readonly address: string;
  };
  readonly reason: string;
  readonly requestId: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly recordedAt: Date;
  /** Who appended it, as the log itself knew: a login role. Empty where the log cannot tell. */
  readonly writer: string;
}

/** Which changes are asked for; absent fields mean any. */
export interface ChangeFilter extends Omit<HistoryFilter, 'stream'> {
  /** Empty means any. */
  readonly streams: readonly string[];
  readonly requestId?: string | undefined;
}

/** So many events of a stream before one are looked into at most. */
export const PAST_MAX = 200;

/** What was said before. */
export type PastEvent = Pick<HistoryEvent, 'sequence' | 'type' | 'version' | 'dataJson'>;

/** Which fields events have. */
export abstract class EventFields {
  /** Of every event of the type, as JSON, where they are left out because they are empty; undefined: nothing at all. Of an unknown type none. */
  abstract leftOut(type: string): Readonly<Record<string, unknown>>;
}

/** The whole log, as audit keeps it. A page has fewer events than asked for, where these would have too much data. */
export abstract class History {
  /** Events that fit, oldest first, after a sequence. */
  abstract list(filter: HistoryFilter, page: PageRequest<bigint>): Promise<Page<HistoryEvent, bigint>>;
  /** Events that fit, newest first, before a sequence. */
  abstract listNewest(filter: ChangeFilter, page: PageRequest<bigint>): Promise<Page<HistoryEvent, bigint>>;
  abstract count(filter: ChangeFilter): Promise<number>;
  /** What the streams of events held before each of them: by stream, the oldest first, the latest `PAST_MAX`, as far as all data is not too much. */
  abstract pastOf(
    events: readonly Pick<HistoryEvent, 'stream' | 'sequence'>[],
  ): Promise<ReadonlyMap<string, readonly PastEvent[]>>;
}
