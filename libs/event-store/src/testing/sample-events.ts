import { randomUUID } from 'node:crypto';
import type { EventId, OrganizationId } from '@gatehouse/kernel';
import type { EventMetadata, JsonObject, NewEvent } from '../event';

/** Metadata of a command by an API key, for tests. */
export const sampleMetadata = (changes: Partial<EventMetadata> = {}): EventMetadata => ({
  organizationId: `org_${'0'.repeat(26)}` as OrganizationId,
  actor: { kind: 'apiKey', id: `key_${'0'.repeat(26)}`, address: '192.0.2.7' },
  reason: 'because',
  requestId: randomUUID(),
  command: 'DoThing',
  correlationId: randomUUID(),
  causationId: '',
  ...changes,
});

/** An event with an id of its own, for tests. */
export const sampleEvent = (data: JsonObject = {}, changes: Partial<NewEvent> = {}): NewEvent => ({
  id: randomUUID() as EventId,
  type: 'ThingDone',
  version: 1,
  data,
  metadata: sampleMetadata(),
  ...changes,
});

export const sampleEvents = (count: number): readonly NewEvent[] =>
  Array.from({ length: count }, (_, index) => sampleEvent({ index }));

/** Begins the names of the tests' streams, for stores that ask who may write which. */
export const TEST_STREAMS = 'test-';

/** What the tests' streams hold. */
export const TEST_EVENTS: readonly string[] = ['ThingDone', 'ThingChanged', 'Counted'];

/** A name that no other test uses. */
export const uniqueName = (kind: string): string => `${TEST_STREAMS}${kind}-${randomUUID()}`;
