import type { EventStore, NewEvent, RecordedEvent } from '@gatehouse/event-store';
import { deriveEventId, organizationId, type OrganizationId } from '@gatehouse/kernel';
import { TOPICS } from '@gatehouse/topology';
import type { Projection, ProjectionSource } from '../projection';

export const SLUGS = TOPICS.registryEvents;
export const SLUG_PREFIXES = ['slug-'];
export const ORGANIZATION: OrganizationId = organizationId(`org_${'0'.repeat(26)}`);

/** An event of the published language; its slug is the n-th of the stream. */
export const slugEvent = (stream: string, n: number | string): NewEvent => ({
  id: deriveEventId(stream, String(n)),
  type: 'SlugReserved',
  version: 1,
  data: { organizationId: ORGANIZATION, slug: `${n}`, integrationId: 'int_1' },
  metadata: {
    organizationId: ORGANIZATION,
    actor: { kind: 'apiKey', id: 'key_1', address: '2001:db8::1' },
    reason: `für "${n}" 100 %`,
    requestId: `req-${n}`,
    command: 'ReserveSlug',
    correlationId: 'c',
    causationId: '',
  },
});

/** Appends the numbers from … to (exclusive) to the stream, one event each. */
export const appendSlugs = async (
  store: EventStore,
  stream: string,
  from: number,
  to: number,
): Promise<void> => {
  for (let n = from; n < to; n++) await store.append(stream, [slugEvent(stream, n)], 'any');
};

export interface SlugProjectionOptions {
  readonly name?: string;
  /** Runs before each event is applied: throws, waits … */
  readonly before?: (event: RecordedEvent) => Promise<void> | void;
}

/** Counts events per stream and keeps each; `INSERT` without ON CONFLICT, so that an event applied twice is noticed. */
export const slugProjection = (
  source: ProjectionSource['kind'],
  { name = 'slugs', before }: SlugProjectionOptions = {},
): Projection => ({
  name,
  schema: `shop_${name}`,
  version: 1,
  ddl: `
    CREATE TABLE seen (stream text, revision bigint, slug text NOT NULL, PRIMARY KEY (stream, revision));
    CREATE TABLE total (stream text PRIMARY KEY, events bigint NOT NULL, last text NOT NULL)`,
  source:
    source === 'store' ? { kind: 'store', streamPrefixes: SLUG_PREFIXES } : { kind: 'bus', topics: [SLUGS] },
  apply: async (tx, event) => {
    await before?.(event);
    const slug = event.data['slug'];
    await tx.query('INSERT INTO seen (stream, revision, slug) VALUES ($1, $2, $3)', [
      event.stream,
      event.revision,
      slug,
    ]);
    await tx.query(
      `INSERT INTO total (stream, events, last) VALUES ($1, 1, $2)
       ON CONFLICT (stream) DO UPDATE SET events = total.events + 1, last = EXCLUDED.last`,
      [event.stream, slug],
    );
  },
});
