import { type Content, openContent } from '@gatehouse/contents';
import { PgPool, ServiceLog } from '@gatehouse/platform';
import { pause } from '@gatehouse/postgres';
import { Injectable, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { PublishedContents } from '../../app/gateway-config/gateway-config.ports';
import { ConfigPublisher } from './config-publisher';
import { CONFIG_CHANNEL } from './gateway-config.projection';
import { type PublicationKind, PUBLICATIONS_SCHEMA } from './publications.projection';
import { ENTRY_PREFIXES, type SharedEntry, sharedEntriesOf } from './shared-entries';

const LOOK_MS = 1_000;
const RETRY_MS = 500;

/** The newest publications that configuration was not composed from yet. */
const DUE = `
  SELECT p.kind, p.version, p.sha256
  FROM ${PUBLICATIONS_SCHEMA}.publication p JOIN provisioning.composed_content c ON c.kind = p.kind
  WHERE p.version > c.version`;

/**
 * What differs from what gateways were told: `$1` is the version reached before, `$2` what the ids begin with, `$3` to `$5`
 * the entries as they are to be, and `$6` the publication's version.
 */
const PUBLISH_CHANGED = `
  INSERT INTO provisioning.config_entry AS p (id, version, revision, value, digest)
  SELECT id, $1 + row_number() OVER (ORDER BY id COLLATE "C"), $6, value, digest
  FROM (
    SELECT coalesce(w.id, p.id) AS id, w.value, w.digest
    FROM unnest($3::text[], $4::bytea[], $5::bytea[]) AS w (id, value, digest)
    FULL JOIN (SELECT id, digest FROM provisioning.config_entry WHERE id ^@ ANY ($2::text[])) p ON p.id = w.id
    WHERE p.digest IS DISTINCT FROM w.digest
  ) changed
  ON CONFLICT (id) DO UPDATE
  SET version = excluded.version, revision = excluded.revision, value = excluded.value, digest = excluded.digest`;

interface Due {
  readonly kind: PublicationKind;
  readonly version: bigint;
  readonly sha256: string;
}

/**
 * Composes what all organizations share of the gateways' configuration from the newest catalog and price book. A content is
 * fetched once and kept; while the registry cannot be asked for one, that kind waits and everything else goes on. Of a
 * refresh gateways are told the entries that differ, in one step.
 */
@Injectable()
export class SharedConfigComposer implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly pool: PgPool,
    private readonly publisher: ConfigPublisher,
    private readonly published: PublishedContents,
    private readonly log: ServiceLog,
  ) {}

  onApplicationBootstrap(): void {
    this.running = this.composeForever();
  }

  async onModuleDestroy(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async composeForever(): Promise<void> {
    const { signal } = this.stopping;
    while (!signal.aborted) {
      const mark = this.publisher.stirred.mark();
      const due = await this.pool.query<Due>(DUE).catch(() => ({ rows: [] }));
      const composed = await Promise.all(due.rows.map((publication) => this.composeOrNot(publication)));
      // Whatever stirs meanwhile: the registry is not asked the faster for it.
      if (composed.includes(false)) await pause(RETRY_MS, signal);
      await this.publisher.stirred.wait(mark, LOOK_MS, signal);
    }
  }

  private async composeOrNot(due: Due): Promise<boolean> {
    try {
      const entries = sharedEntriesOf(due.kind, due.version, await this.contentOf(due.sha256));
      await this.tell(due, entries);
      return true;
    } catch (error) {
      const told = { err: error, ...due, version: String(due.version) };
      if (!this.stopping.signal.aborted) this.log.warn(told, 'a publication waits to be composed');
      return false;
    }
  }

  private async contentOf(sha256: string): Promise<Content> {
    const { rows } = await this.pool.query<Content>(
      'SELECT sha256, gzip FROM provisioning.published_content WHERE sha256 = $1',
      [sha256],
    );
    if (rows[0]) return rows[0];
    const content = await this.published.fetch(sha256);
    // Not before it was looked into: what is not of its hash is not kept.
    openContent(content);
    await this.pool.query(
      'INSERT INTO provisioning.published_content (sha256, gzip) VALUES ($1, $2) ON CONFLICT DO NOTHING',
      [sha256, Buffer.from(content.gzip)],
    );
    return content;
  }

  private async tell({ kind, version }: Due, entries: readonly SharedEntry[]): Promise<void> {
    await this.pool.inTransaction(async (tx) => {
      const head = await tx.query<{ version: bigint }>(
        'SELECT version FROM provisioning.config_head FOR UPDATE',
      );
      const moved = await tx.query(
        'UPDATE provisioning.composed_content SET version = $2 WHERE kind = $1 AND version < $2',
        [kind, version],
      );
      // Another process has composed this one, or a newer.
      if (moved.rowCount === 0) return;
      const before = head.rows[0]?.version ?? 0n;
      const { rowCount } = await tx.query(PUBLISH_CHANGED, [
        before,
        ENTRY_PREFIXES[kind],
        entries.map(({ id }) => id),
        entries.map(({ value }) => value),
        entries.map(({ digest }) => digest),
        version,
      ]);
      await tx.query('UPDATE provisioning.config_head SET version = $1', [before + BigInt(rowCount ?? 0)]);
      await tx.query('SELECT pg_notify($1, $2)', [CONFIG_CHANNEL, '']);
    });
  }
}
