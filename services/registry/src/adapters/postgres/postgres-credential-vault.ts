import { type IntegrationId, integrationId, proposalId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import type { SealedCredential, WrappedDataKey } from '@gatehouse/sealing';
import {
  type AgingSecret,
  type AwaitedApproval,
  type AwaitingSecret,
  CredentialVault,
  type UnconfirmedSecret,
} from '../../app/integration/integration.ports';

/** A row of the vault's table, in the columns of `SEALED_COLUMNS`. */
export interface SealedRow {
  readonly organization_id: string;
  readonly integration_id: string;
  readonly credential_version: number;
  readonly fields: string[];
  readonly encapsulated_key: Buffer;
  readonly wrapped_data_key: Buffer;
  readonly nonce: Buffer;
  readonly ciphertext: Buffer;
  readonly format: number;
  readonly origins: string[];
  readonly key_id: string;
  readonly key_custody: Buffer;
}

export const SEALED_COLUMNS = `organization_id, integration_id, credential_version, fields, encapsulated_key, wrapped_data_key, nonce,
  ciphertext, format, origins, key_id, key_custody`;

const BATCH_MAX = 500;

/** The vault as a table that no other service's role can read. */
export class PostgresCredentialVault extends CredentialVault {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async keep(secretId: string, sealed: SealedCredential, at: Date, awaitingUntil?: Date): Promise<void> {
    await this.pool.query(
      `INSERT INTO registry.sealed_credential (secret_id, organization_id, integration_id, credential_version, fields,
         encapsulated_key, wrapped_data_key, nonce, ciphertext, sealed_at, format, origins,
         key_id, key_custody, awaiting_until)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
       ON CONFLICT (secret_id) DO UPDATE SET awaiting_until = NULL
         WHERE excluded.awaiting_until IS NULL AND sealed_credential.awaiting_until IS NOT NULL`,
      [
        secretId,
        sealed.organizationId,
        sealed.integrationId,
        sealed.credentialVersion,
        sealed.fields,
        Buffer.from(sealed.encapsulatedKey),
        Buffer.from(sealed.wrappedDataKey),
        Buffer.from(sealed.nonce),
        Buffer.from(sealed.ciphertext),
        at,
        sealed.format,
        sealed.origins,
        sealed.keyId,
        Buffer.from(sealed.keyCustody),
        awaitingUntil ?? null,
      ],
    );
  }

  async awaitApproval(secretId: string, { until, proposalId }: AwaitedApproval): Promise<void> {
    await this.pool.query(
      `UPDATE registry.sealed_credential SET awaiting_until = $2, proposal_id = $3
       WHERE secret_id = $1 AND NOT confirmed`,
      [secretId, until, proposalId ?? null],
    );
  }

  async awaitingApproval(after?: AwaitingSecret): Promise<readonly AwaitingSecret[]> {
    const { rows } = await this.pool.query<{
      secret_id: string;
      awaiting_until: Date;
      proposal_id: string | null;
    }>(
      `SELECT secret_id, awaiting_until, proposal_id FROM registry.sealed_credential
       WHERE NOT confirmed AND awaiting_until IS NOT NULL
         AND ($1::timestamptz IS NULL OR (awaiting_until, secret_id) > ($1, $2::text))
       ORDER BY awaiting_until, secret_id LIMIT ${BATCH_MAX}`,
      [after?.until, after?.secretId],
    );
    return rows.map((row) => ({
      secretId: row.secret_id,
      until: row.awaiting_until,
      proposalId: row.proposal_id === null ? undefined : proposalId(row.proposal_id),
    }));
  }

  async take(secretId: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      'UPDATE registry.sealed_credential SET confirmed = true WHERE secret_id = $1',
      [secretId],
    );
    return rowCount === 1;
  }

  async destroyUnapproved(secretId: string): Promise<void> {
    await this.pool.query('DELETE FROM registry.sealed_credential WHERE secret_id = $1 AND NOT confirmed', [
      secretId,
    ]);
  }

  async find(secretId: string): Promise<SealedCredential | undefined> {
    const { rows } = await this.pool.query<SealedRow>(
      `SELECT ${SEALED_COLUMNS} FROM registry.sealed_credential WHERE secret_id = $1`,
      [secretId],
    );
    return rows[0] && fromRowSealedCredential(rows[0]);
  }

  async confirm({ secretId, integrationId, credentialVersion }: UnconfirmedSecret): Promise<void> {
    await this.pool.inTransaction(async (tx) => {
      await tx.query('UPDATE registry.sealed_credential SET confirmed = true WHERE secret_id = $1', [
        secretId,
      ]);
      await tx.query(
        `DELETE FROM registry.sealed_credential
         WHERE integration_id = $1 AND credential_version <= $2 AND secret_id <> $3`,
        [integrationId, credentialVersion, secretId],
      );
    });
  }

  async destroy(secretId: string): Promise<void> {
    await this.pool.query('DELETE FROM registry.sealed_credential WHERE secret_id = $1', [secretId]);
  }

  async destroyAll(id: IntegrationId): Promise<void> {
    await this.pool.query('DELETE FROM registry.sealed_credential WHERE integration_id = $1', [id]);
  }

  async rewrap(secretId: string, fromKeyId: string, wrapped: WrappedDataKey): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `UPDATE registry.sealed_credential SET key_id = $3, encapsulated_key = $4, wrapped_data_key = $5, key_custody = $6
       WHERE secret_id = $1 AND key_id = $2`,
      [
        secretId,
        fromKeyId,
        wrapped.keyId,
        Buffer.from(wrapped.encapsulatedKey),
        Buffer.from(wrapped.wrappedDataKey),
        Buffer.from(wrapped.keyCustody),
      ],
    );
    return rowCount === 1;
  }

  async unconfirmedBefore(at: Date, after?: AgingSecret): Promise<readonly AgingSecret[]> {
    const { rows } = await this.pool.query<{
      secret_id: string;
      integration_id: string;
      credential_version: number;
      sealed_at: Date;
    }>(
      `SELECT secret_id, integration_id, credential_version, sealed_at FROM registry.sealed_credential
       WHERE NOT confirmed AND awaiting_until IS NULL AND sealed_at < $1
         AND ($2::timestamptz IS NULL OR (sealed_at, secret_id) > ($2, $3::text))
       ORDER BY sealed_at, secret_id LIMIT ${BATCH_MAX}`,
      [at, after?.sealedAt, after?.secretId],
    );
    return rows.map((row) => ({
      secretId: row.secret_id,
      integrationId: integrationId(row.integration_id),
      credentialVersion: row.credential_version,
      sealedAt: row.sealed_at,
    }));
  }
}

export const fromRowSealedCredential = (row: SealedRow): SealedCredential => ({
  organizationId: row.organization_id,
  integrationId: row.integration_id,
  credentialVersion: row.credential_version,
  fields: row.fields,
  encapsulatedKey: row.encapsulated_key,
  wrappedDataKey: row.wrapped_data_key,
  nonce: row.nonce,
  ciphertext: row.ciphertext,
  format: row.format,
  origins: row.origins,
  keyId: row.key_id,
  keyCustody: row.key_custody,
});
