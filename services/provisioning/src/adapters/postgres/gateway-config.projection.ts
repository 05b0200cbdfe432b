import { createHash } from 'node:crypto';
import type { RecordedEvent } from '@gatehouse/event-store';
import type { Projection, Tx } from '@gatehouse/projections';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { TOPICS } from '@gatehouse/topology';
import { type EntryChange, entryChangeOf } from './config-entry';

export const GATEWAY_CONFIG_SCHEMA = 'provisioning_gateway_config';

/** Told in the transaction that changes an entry. */
export const CONFIG_CHANNEL = 'gatehouse_gateway_config';

/**
 * `awaits` are the entries that must be published before this one is: an integration with the workspaces that it was
 * connected with. `revision` is that of the entry's stream when it last changed, `value` the encoded ConfigEntry, null once it is gone,
 * and `digest` the value's SHA-256. `progress` counts the changes, so that whether there are new ones is cheap to ask.
 * What is due to be published is not here, nor versions are: they depend on the order in which streams are heard (see ConfigPublisher).
 */
const DDL = `
  CREATE TABLE entry (
    id text PRIMARY KEY,
    integration_id text,
    awaits text[] NOT NULL,
    revision bigint NOT NULL,
    value bytea,
    digest bytea
  );
  CREATE INDEX ON entry (integration_id) WHERE integration_id IS NOT NULL;
  CREATE INDEX ON entry (id) WHERE cardinality(awaits) > 0;
  CREATE TABLE progress (changes bigint NOT NULL);
  INSERT INTO progress (changes) VALUES (0)`;

const apply = async (tx: Tx, event: RecordedEvent): Promise<void> => {
  const change = entryChangeOf(event);
  if (!change) return;
  const value = await changedValue(tx, change);
  if (value === 'unchanged') return;
  const said = { id: change.id, value, needs: [], governs: '' };
  const entry = value && Buffer.from(provisioningV1.ConfigEntry.encode(said).finish());
  await tx.query(
    `INSERT INTO entry (id, integration_id, awaits, revision, value, digest) VALUES ($1, $2, $3, $4, $5, $6)
     ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, value = excluded.value, digest = excluded.digest`,
    [
      change.id,
      endsWith(value),
      change.awaits ?? [],
      event.revision,
      entry ?? null,
      entry ? createHash('sha256').update(entry).digest() : null,
    ],
  );
  await tx.query('INSERT INTO provisioning.config_due (id) VALUES ($1)', [change.id]);
  await tx.query('UPDATE progress SET changes = changes + 1');
  await tx.query('SELECT pg_notify($1, $2)', [CONFIG_CHANNEL, '']);
};

/** The integration without which it is nothing. */
const endsWith = (value: provisioningV1.ConfigEntry['value']): string | null =>
  value?.$case === 'provision' || value?.$case === 'provisionName' ? value.value.integrationId : null;

/** What never was an entry, such as an admin key, does not become one by ending. */
const changedValue = async (
  tx: Tx,
  { id, change }: EntryChange,
): Promise<provisioningV1.ConfigEntry['value'] | 'unchanged'> => {
  const { rows } = await tx.query<{ value: Buffer | null }>('SELECT value FROM entry WHERE id = $1', [id]);
  const stored = rows[0]?.value;
  const current = stored ? provisioningV1.ConfigEntry.decode(stored).value : undefined;
  const next = change(current);
  return current === undefined && next === undefined ? 'unchanged' : next;
};

/** What gateways need to know, composed from the registry's events and this service's own, both off the bus. */
export const gatewayConfigProjection: Projection = {
  name: 'gateway-config',
  schema: GATEWAY_CONFIG_SCHEMA,
  source: { kind: 'bus', topics: [TOPICS.registryEvents, TOPICS.provisioningEvents] },
  version: 6,
  ddl: DDL,
  apply,
};
