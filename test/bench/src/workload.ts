import { randomUUID } from 'node:crypto';
import type { EventMetadata, NewEvent } from '@gatehouse/event-store';
import type { EventId, OrganizationId } from '@gatehouse/kernel';
import { TOPICS } from '@gatehouse/topology';

/** The width of the bench: what is measured, with how many at once. */
export interface AppendCase {
  readonly writers: number;
  readonly eventsPerAppend: number;
}

export const APPEND_CASES: readonly AppendCase[] = [
  { writers: 1, eventsPerAppend: 1 },
  { writers: 1, eventsPerAppend: 20 },
  { writers: 16, eventsPerAppend: 1 },
  { writers: 16, eventsPerAppend: 20 },
];

export const STREAMS = 1_000;

/** Where the relay publishes them. */
export const TOPIC = TOPICS.provisioningEvents;

/** An event as the product writes and relays them: some 500 bytes of data and metadata. */
export const TYPE = 'ProvisionLimitsChanged';

export const DATA = {
  provisionId: 'prv_0123456789abcdefghjkmnpqrs',
  limits: [
    {
      id: 'lim_0123456789abcdefghjkmnpqrs',
      budget: { nanoUsd: '250000000000', reset: { period: 'RESET_PERIOD_MONTHLY' } },
    },
  ],
};

export const metadataOf = (requestId: string): EventMetadata => ({
  organizationId: 'org_0123456789abcdefghjkmnpqrs' as OrganizationId,
  actor: { kind: 'apiKey', id: 'key_0123456789abcdefghjkmnpqrs', address: '192.0.2.7' },
  reason: 'ticket 4711',
  requestId,
  command: 'ChangeProvisionLimits',
  correlationId: requestId,
  causationId: '',
});

/** The events of one command: they share its metadata. */
export const eventsOf = (count: number): readonly NewEvent[] => {
  const metadata = metadataOf(randomUUID());
  return Array.from({ length: count }, () => ({
    id: randomUUID() as EventId,
    type: TYPE,
    version: 1,
    data: DATA,
    metadata,
  }));
};

export const STREAM_PREFIX = 'provision-bench-';

export const READ_PREFIX = 'provision-read-';

export const randomStream = (): string => `${STREAM_PREFIX}${Math.floor(Math.random() * STREAMS)}`;
