import { AppError, type IntegrationId, integrationId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import type { IntegrationKey } from '@gatehouse/sealing';
import type { KeptSecret } from '../../app/integration/integration.ports';
import { type CondemnedKey, IntegrationKeys, type KeyName } from '../../app/vault/integration-keys.ports';
import { fromRowSealedCredential, SEALED_COLUMNS, type SealedRow } from './postgres-credential-vault';

interface KeyRow {
  readonly key_id: string;
  readonly public_key: Buffer;
  readonly custody: Buffer;
}

interface CondemnedRow {
  readonly integration_id: string;
  readonly epoch: number;
  readonly key_id: string;
  readonly scheduled: boolean;
}

const CONDEMNED_COLUMNS = 'integration_id, epoch, key_id, scheduled';
const OUTDATED_MAX = 50;
const BATCH_MAX = 500;

/** A table beside the vault's. */
export class PostgresIntegrationKeys extends IntegrationKeys {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async use(id: IntegrationId, epochMin: number, at: Date): Promise<IntegrationKey | undefined> {
    const { rows } = await this.pool.query<KeyRow>(
      `UPDATE registry.integration_key SET asked_at = $3
       WHERE integration_id = $1 AND due_at IS NULL AND epoch = (
         SELECT max(epoch) FROM registry.integration_key
         WHERE integration_id = $1 AND epoch >= $2 AND key_id <> '' AND due_at IS NULL)
       RETURNING key_id, public_key, custody`,
      [id, epochMin, at],
    );
    return rows[0] && fromRowKey(rows[0]);
  }

  async ask({ integrationId: id, epoch }: KeyName, at: Date): Promise<void> {
    const { rowCount } = await this.pool.query(
      `INSERT INTO registry.integration_key AS known (integration_id, epoch, asked_at) VALUES ($1, $2, $3)
       ON CONFLICT (integration_id, epoch) DO UPDATE SET asked_at = $3 WHERE known.due_at IS NULL`,
      [id, epoch, at],
    );
    if (rowCount !== 1) throw destroyed();
  }

  async made({ integrationId: id, epoch }: KeyName, key: IntegrationKey): Promise<IntegrationKey> {
    await this.pool.query(
      `UPDATE registry.integration_key SET key_id = $3, public_key = $4, custody = $5, made_at = asked_at
       WHERE integration_id = $1 AND epoch = $2 AND key_id = ''`,
      [id, epoch, key.keyId, Buffer.from(key.publicKey), Buffer.from(key.custody)],
    );
    const { rows } = await this.pool.query<KeyRow>(
      `SELECT key_id, public_key, custody FROM registry.integration_key
       WHERE integration_id = $1 AND epoch = $2 AND due_at IS NULL`,
      [id, epoch],
    );
    if (rows[0] === undefined) throw destroyed();
    return fromRowKey(rows[0]);
  }

  async keyIdsOf(id: IntegrationId): Promise<readonly string[]> {
    const { rows } = await this.pool.query<Pick<KeyRow, 'key_id'>>(
      `SELECT key_id FROM registry.integration_key
       WHERE integration_id = $1 AND key_id <> '' AND NOT destroyed ORDER BY epoch`,
      [id],
    );
    return rows.map(({ key_id }) => key_id);
  }

  async condemn(id: IntegrationId, at: Date): Promise<void> {
    await this.pool.query(
      'UPDATE registry.integration_key SET due_at = $2 WHERE integration_id = $1 AND due_at IS NULL',
      [id, at],
    );
  }

  async condemnUnused(id: IntegrationId, before: Date, at: Date): Promise<void> {
    await this.pool.query(
      `UPDATE registry.integration_key SET due_at = $3
       WHERE integration_id = $1 AND due_at IS NULL AND asked_at < $2 AND NOT EXISTS (
         SELECT FROM registry.sealed_credential WHERE integration_id = $1)`,
      [id, before, at],
    );
  }

  async condemnSuperseded(before: Date): Promise<void> {
    await this.pool.query(
      `UPDATE registry.integration_key AS old SET due_at = $1
       WHERE due_at IS NULL AND EXISTS (
         SELECT FROM registry.integration_key AS newer
         WHERE newer.integration_id = old.integration_id AND newer.epoch > old.epoch AND newer.made_at < $1)
       AND NOT EXISTS (
         SELECT FROM registry.sealed_credential AS sealed
         WHERE sealed.integration_id = old.integration_id AND sealed.key_id = old.key_id)`,
      [before],
    );
  }

  async withoutCredential(before: Date, after: IntegrationId | undefined): Promise<readonly IntegrationId[]> {
    const { rows } = await this.pool.query<{ integration_id: string }>(
      `SELECT integration_id FROM registry.integration_key AS key
       WHERE due_at IS NULL AND asked_at < $1 AND integration_id > $2 COLLATE "C" AND NOT EXISTS (
         SELECT FROM registry.sealed_credential AS sealed WHERE sealed.integration_id = key.integration_id)
       GROUP BY integration_id ORDER BY integration_id COLLATE "C" LIMIT ${BATCH_MAX}`,
      [before, after ?? ''],
    );
    return rows.map((row) => integrationId(row.integration_id));
  }

  async due(at: Date, after?: KeyName): Promise<readonly CondemnedKey[]> {
    const { rows } = await this.pool.query<CondemnedRow>(
      `SELECT ${CONDEMNED_COLUMNS} FROM registry.integration_key
       WHERE due_at <= $1 AND NOT destroyed AND (integration_id COLLATE "C", epoch) > ($2, $3)
       ORDER BY integration_id COLLATE "C", epoch LIMIT ${BATCH_MAX}`,
      [at, after?.integrationId ?? '', after?.epoch ?? 0],
    );
    return rows.map(fromRowCondemned);
  }

  async dueOf(id: IntegrationId, at: Date): Promise<readonly CondemnedKey[]> {
    const { rows } = await this.pool.query<CondemnedRow>(
      `SELECT ${CONDEMNED_COLUMNS} FROM registry.integration_key
       WHERE integration_id = $1 AND due_at <= $2 AND NOT destroyed ORDER BY epoch`,
      [id, at],
    );
    return rows.map(fromRowCondemned);
  }

  async scheduled({ integrationId: id, epoch }: KeyName, askAgainAt: Date): Promise<void> {
    await this.pool.query(
      'UPDATE registry.integration_key SET scheduled = true, due_at = $3 WHERE integration_id = $1 AND epoch = $2',
      [id, epoch, askAgainAt],
    );
  }

  async destroyed({ integrationId: id, epoch }: KeyName): Promise<void> {
    await this.pool.query(
      `UPDATE registry.integration_key SET destroyed = true, custody = '' WHERE integration_id = $1 AND epoch = $2`,
      [id, epoch],
    );
  }

  async outdatedWraps(epoch: number, afterIntegrationId: string): Promise<readonly KeptSecret[]> {
    const { rows } = await this.pool.query<SealedRow & { secret_id: string }>(
      `SELECT secret_id, ${SEALED_COLUMNS} FROM registry.sealed_credential AS sealed
       WHERE confirmed AND integration_id > $2 COLLATE "C" AND NOT EXISTS (
         SELECT FROM registry.integration_key AS key
         WHERE key.integration_id = sealed.integration_id AND key.key_id = sealed.key_id AND key.epoch >= $1)
       ORDER BY integration_id COLLATE "C" LIMIT ${OUTDATED_MAX}`,
      [epoch, afterIntegrationId],
    );
    return rows.map((row) => ({ secretId: row.secret_id, sealed: fromRowSealedCredential(row) }));
  }
}

const fromRowKey = (row: KeyRow): IntegrationKey => ({
  keyId: row.key_id,
  publicKey: row.public_key,
  custody: row.custody,
});

const fromRowCondemned = (row: CondemnedRow): CondemnedKey => ({
  integrationId: integrationId(row.integration_id),
  epoch: row.epoch,
  keyId: row.key_id,
  wasScheduled: row.scheduled,
});

const destroyed = (): AppError => new AppError('REFUSED', 'INTEGRATION_KEY_DESTROYED');
