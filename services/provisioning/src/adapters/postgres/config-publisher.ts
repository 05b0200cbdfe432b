import { Signal } from '@gatehouse/kernel';
import { PgPool, ServiceLog } from '@gatehouse/platform';
import { openSession, pause } from '@gatehouse/postgres';
import type { Tx } from '@gatehouse/projections';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { CONFIG_CHANNEL, GATEWAY_CONFIG_SCHEMA } from './gateway-config.projection';

/** How long to trust silence on the channel. */
const POLL_MS = 250;
const RECONNECT_MS = 500;

/**
 * Entries that are not published as the projection has them. A provision ends with its integration: that is joined
 * here, since the two are heard over different topics in any order. So is an integration with the workspaces that it was
 * connected with: it is published after the last of their provisions, and is then there for all of them at once. What is
 * older than what was published is left alone: a projection that is being built anew passes through the past, where keys
 * were not yet revoked.
 */
const UNPUBLISHED = `
  SELECT e.id, e.revision, wanted.value, wanted.digest
  FROM ${GATEWAY_CONFIG_SCHEMA}.entry e
  LEFT JOIN ${GATEWAY_CONFIG_SCHEMA}.entry integration ON integration.id = e.integration_id
  CROSS JOIN LATERAL (
    SELECT CASE WHEN ended THEN NULL ELSE e.value END AS value, CASE WHEN ended THEN NULL ELSE e.digest END AS digest
    FROM (SELECT integration.id IS NOT NULL AND integration.digest IS NULL AS ended) i
  ) wanted
  LEFT JOIN provisioning.config_entry p ON p.id = e.id
  WHERE CASE WHEN p.id IS NULL THEN wanted.digest IS NOT NULL
             ELSE e.revision >= p.revision AND p.digest IS DISTINCT FROM wanted.digest END
    AND (wanted.digest IS NULL OR NOT EXISTS (
      SELECT FROM unnest(e.awaits) awaited (id)
      LEFT JOIN provisioning.config_entry known ON known.id = awaited.id WHERE known.value IS NULL))`;

/** `$1` is the version reached before. */
const publishing = (unpublished: string): string => `
  INSERT INTO provisioning.config_entry AS p (id, version, revision, value, digest)
  SELECT id, $1 + row_number() OVER (ORDER BY id), revision, value, digest FROM (${unpublished}) unpublished
  ON CONFLICT (id) DO UPDATE
  SET version = excluded.version, revision = excluded.revision, value = excluded.value, digest = excluded.digest`;

const PUBLISH_ALL = publishing(UNPUBLISHED);
/** By id, so that all that it joins is found by index, however many entries there are. */
const PUBLISH_NAMED = publishing(`${UNPUBLISHED} AND e.id = ANY ($2)`);

/** What is not seen of a change under way stays, and is taken after it. */
const TAKE_DUE = 'WITH due AS (DELETE FROM provisioning.config_due RETURNING id) SELECT DISTINCT id FROM due';

/** Besides those that changed, `$1`: the provisions of an integration among them that is gone, and what may have waited. */
const CONCERNED = `
  SELECT unnest($1::text[]) AS id
  UNION SELECT provision.id FROM ${GATEWAY_CONFIG_SCHEMA}.entry provision
    JOIN ${GATEWAY_CONFIG_SCHEMA}.entry gone ON gone.id = provision.integration_id
    WHERE gone.id = ANY ($1) AND gone.digest IS NULL
  UNION SELECT id FROM ${GATEWAY_CONFIG_SCHEMA}.entry WHERE cardinality(awaits) > 0`;

/** What tells whether the projection moved on; a rebuild swaps the table for another. */
const PROGRESS = `
  SELECT p.tableoid::text AS "table", p.changes, h.version
  FROM ${GATEWAY_CONFIG_SCHEMA}.progress p, provisioning.config_head h`;

/** How far the projection is, in which table. */
interface Progress {
  readonly table: string;
  readonly changes: bigint;
}

/**
 * Gives what changed in the configuration's projection its versions, and tells the watchers in this process. Every
 * process of the service does so; one at a time, so the second finds nothing left.
 */
@Injectable()
export class ConfigPublisher implements OnApplicationBootstrap, OnModuleDestroy {
  /** Raised when the version has risen, by whichever process. */
  readonly risen = new Signal();
  /** Raised when there may be something new to compose or to publish. */
  readonly stirred = new Signal();
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();
  private published: Progress = { table: '', changes: 0n };
  private version = 0n;

  constructor(
    private readonly pool: PgPool,
    private readonly log: ServiceLog,
  ) {}

  onApplicationBootstrap(): void {
    this.running = Promise.all([this.listen(), this.publishForever()]);
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async publishForever(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const mark = this.stirred.mark();
      try {
        await this.publish();
      } catch (error) {
        if (!signal.aborted) this.log.warn({ err: error }, 'the gateway configuration waits to be published');
        await pause(RECONNECT_MS, signal);
      }
      await this.stirred.wait(mark, POLL_MS, signal);
    }
  }

  private async publish(): Promise<void> {
    const { rows } = await this.pool.query<Progress & { version: bigint }>(PROGRESS);
    const [now] = rows;
    if (!now) return;
    const { table, changes } = now;
    // What is looked at now holds all that the progress counted, and perhaps more, which is then looked at again.
    const version = await this.versionAfter(now);
    this.published = { table, changes };
    if (version === this.version) return;
    this.version = version;
    this.risen.raise();
  }

  /** All of a table is looked at that this process has not looked at yet, and of one that it has what is due. */
  private async versionAfter({ table, changes, version }: Progress & { version: bigint }): Promise<bigint> {
    if (table !== this.published.table) return this.giveVersions('all');
    return changes === this.published.changes ? version : this.giveVersions('due');
  }

  private giveVersions(which: 'all' | 'due'): Promise<bigint> {
    return this.pool.inTransaction(async (tx) => {
      const { rows } = await tx.query<{ version: bigint }>(
        'SELECT version FROM provisioning.config_head FOR UPDATE',
      );
      const before = rows[0]?.version ?? 0n;
      const due = await idsOf(tx, TAKE_DUE);
      const named = which === 'due' ? [await idsOf(tx, CONCERNED, [due])] : [];
      let after = before;
      // What waits for what is published now is published next.
      for (let count: number | null = 1; count;) {
        const publish = which === 'due' ? PUBLISH_NAMED : PUBLISH_ALL;
        ({ rowCount: count } = await tx.query(publish, [after, ...named]));
        after += BigInt(count ?? 0);
      }
      if (after === before) return before;
      await tx.query('UPDATE provisioning.config_head SET version = $1', [after]);
      return after;
    });
  }

  /** On a connection of its own, again and again. It only saves time: silence is polled. */
  private async listen(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const session = await openSession(this.pool.pool).catch(() => undefined);
      if (session) {
        session.client.on('notification', () => this.stirred.raise());
        await session.client.query(`LISTEN ${CONFIG_CHANNEL}`).catch(() => undefined);
        await ended(AbortSignal.any([session.lost, signal]));
        await session.close();
      }
      await pause(RECONNECT_MS, signal);
    }
  }
}

const idsOf = async (tx: Tx, sql: string, values: readonly unknown[] = []): Promise<string[]> =>
  (await tx.query<{ id: string }>(sql, [...values])).rows.map(({ id }) => id);

const ended = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
