import { createHash } from 'node:crypto';
import type { RecordedEvent } from '@gatehouse/event-store';
import type { Projection, Tx } from '@gatehouse/projections';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { TOPICS } from '@gatehouse/topology';
import { entryChangeOf } from './config-entry';

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

/** An entry as it is, or is to be. */
interface Entry {
  readonly id: string;
  readonly integrationId: string | null;
  readonly awaits: readonly string[];
  readonly revision: bigint;
  readonly value: provisioningV1.ConfigEntry['value'];
}

/** What is said of many entries changes all of them at once, each as often as something is said of it. */
const applyAll = async (tx: Tx, events: readonly RecordedEvent[]): Promise<void> => {
  const changes = events.flatMap((event) => {
    const change = entryChangeOf(event);
    return change ? [{ ...change, revision: event.revision }] : [];
  });
  const known = await valuesOf(tx, [...new Set(changes.map(({ id }) => id))]);
  const changed = new Map<string, Entry>();
  let count = 0;
  for (const { id, change, awaits = [], revision } of changes) {
    const current = known.get(id);
    const value = change(current);
    // What never was an entry, such as an admin key, does not become one by ending.
    if (current === undefined && value === undefined) continue;
    count++;
    known.set(id, value);
    const before = changed.get(id);
    changed.set(id, {
      id,
      integrationId: before ? before.integrationId : endsWith(value),
      awaits: before ? before.awaits : awaits,
      revision,
      value,
    });
  }
  if (count > 0) await write(tx, [...changed.values()], count);
};

const valuesOf = async (
  tx: Tx,
  ids: readonly string[],
): Promise<Map<string, provisioningV1.ConfigEntry['value']>> => {
  if (ids.length === 0) return new Map();
  const { rows } = await tx.query<{ id: string; value: Buffer }>(
    'SELECT id, value FROM entry WHERE id = ANY ($1) AND value IS NOT NULL',
    [ids],
  );
  return new Map(rows.map(({ id, value }) => [id, provisioningV1.ConfigEntry.decode(value).value]));
};

/** Whom an entry ends with and what it awaits is said with its first value alone. */
const write = async (tx: Tx, entries: readonly Entry[], changes: number): Promise<void> => {
  const values = entries.map(({ id, value }) => encoded(id, value));
  await tx.query(
    `INSERT INTO entry (id, integration_id, awaits, revision, value, digest)
     SELECT id, integration_id, ARRAY(SELECT json_array_elements_text(awaits)), revision, value, digest
     FROM unnest($1::text[], $2::text[], $3::json[], $4::bigint[], $5::bytea[], $6::bytea[])
       AS changed (id, integration_id, awaits, revision, value, digest)
     ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, value = excluded.value, digest = excluded.digest`,
    [
      entries.map(({ id }) => id),
      entries.map(({ integrationId }) => integrationId),
      entries.map(({ awaits }) => JSON.stringify(awaits)),
      entries.map(({ revision }) => revision),
      values,
      values.map((value) => value && createHash('sha256').update(value).digest()),
    ],
  );
  const ids = entries.map(({ id }) => id);
  await tx.query('INSERT INTO provisioning.config_due (id) SELECT unnest($1::text[])', [ids]);
  await tx.query('UPDATE progress SET changes = changes + $1', [changes]);
  await tx.query('SELECT pg_notify($1, $2)', [CONFIG_CHANNEL, '']);
};

const encoded = (id: string, value: provisioningV1.ConfigEntry['value']): Buffer | null =>
  value
    ? Buffer.from(provisioningV1.ConfigEntry.encode({ id, value, needs: [], governs: '' }).finish())
    : null;

/** The integration without which it is nothing. */
const endsWith = (value: provisioningV1.ConfigEntry['value']): string | null =>
  value?.$case === 'provision' || value?.$case === 'provisionName' ? value.value.integrationId : null;

/** What gateways need to know, composed from the registry's events and this service's own, both off the bus. */
export const gatewayConfigProjection: Projection = {
  name: 'gateway-config',
  schema: GATEWAY_CONFIG_SCHEMA,
  source: { kind: 'bus', topics: [TOPICS.registryEvents, TOPICS.provisioningEvents] },
  version: 8,
  ddl: DDL,
  apply: (tx, event) => applyAll(tx, [event]),
  applyAll,
};
