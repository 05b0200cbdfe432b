import type { RecordedEvent } from '@gatehouse/event-store';
import { eventIn } from '@gatehouse/events';
import type { Projection, Tx } from '@gatehouse/projections';
import { TOPICS } from '@gatehouse/topology';
import { CONFIG_CHANNEL } from './gateway-config.projection';

export const PUBLICATIONS_SCHEMA = 'provisioning_publications';

/** What was published last: a row for each kind. */
const DDL = `
  CREATE TABLE publication (
    kind text PRIMARY KEY,
    version bigint NOT NULL,
    sha256 text NOT NULL
  )`;

const KINDS = { CatalogPublished: 'catalog', PriceBookPublished: 'pricebook' } as const;

/** The parts of the gateways' configuration that are composed from a content. */
export type PublicationKind = (typeof KINDS)[keyof typeof KINDS];

const apply = async (tx: Tx, recorded: RecordedEvent): Promise<void> => {
  const event = eventIn(['catalog-', 'pricebook-'], recorded);
  if (event === undefined) return;
  const { version, sha256 } = event.data;
  await tx.query(
    `INSERT INTO publication (kind, version, sha256) VALUES ($1, $2, $3)
     ON CONFLICT (kind) DO UPDATE SET version = excluded.version, sha256 = excluded.sha256`,
    [KINDS[event.type], version, sha256],
  );
  await tx.query('SELECT pg_notify($1, $2)', [CONFIG_CHANNEL, '']);
};

/**
 * Which catalog and price book the registry has published last, off the bus. Their contents are not here: they are fetched
 * by whoever composes from them (SharedConfigComposer), so that a registry that is away holds up no event.
 */
export const publicationsProjection: Projection = {
  name: 'publications',
  schema: PUBLICATIONS_SCHEMA,
  source: { kind: 'bus', topics: [TOPICS.registryEvents] },
  version: 1,
  ddl: DDL,
  apply,
};
