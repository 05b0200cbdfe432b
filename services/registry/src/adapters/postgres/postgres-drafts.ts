import { organizationId, type OrganizationId } from '@gatehouse/kernel';
import type { PgPool } from '@gatehouse/platform';
import { Drafts } from '../../app/draft/draft.ports';
import { type Draft, draftId, type DraftId } from '../../domain/draft/draft';
import type { IntegrationSettings } from '../../domain/integration/integration-settings';

const LIST_MAX = 1_000;
const EXPIRED_MAX = 500;
const COLUMNS = `draft_id, organization_id, provider, settings, credential_fingerprint, secret_references, secret_id,
  created_at, expires_at`;

interface Row {
  readonly draft_id: string;
  readonly organization_id: string;
  readonly provider: string;
  readonly settings: IntegrationSettings;
  readonly credential_fingerprint: string;
  readonly secret_references: Draft['references'];
  readonly secret_id: string;
  readonly created_at: Date;
  readonly expires_at: Date;
}

export class PostgresDrafts extends Drafts {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async keep(draft: Draft): Promise<void> {
    await this.pool.query(
      `INSERT INTO registry.draft (draft_id, organization_id, provider, settings, credential_fingerprint,
         secret_references, secret_id, created_at, expires_at)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9) ON CONFLICT (draft_id) DO NOTHING`,
      [
        draft.draftId,
        draft.organizationId,
        draft.provider,
        JSON.stringify(draft.settings),
        draft.credentialFingerprint,
        JSON.stringify(draft.references),
        draft.secretId,
        draft.createdAt,
        draft.expiresAt,
      ],
    );
  }

  async find(organization: OrganizationId, id: DraftId): Promise<Draft | undefined> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${COLUMNS} FROM registry.draft WHERE organization_id = $1 AND draft_id = $2`,
      [organization, id],
    );
    return rows.map(fromRow)[0];
  }

  async list(organization: OrganizationId): Promise<readonly Draft[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${COLUMNS} FROM registry.draft WHERE organization_id = $1 ORDER BY created_at, draft_id LIMIT $2`,
      [organization, LIST_MAX],
    );
    return rows.map(fromRow);
  }

  async count(organization: OrganizationId): Promise<number> {
    const { rows } = await this.pool.query<{ many: number }>(
      'SELECT count(*)::int AS many FROM registry.draft WHERE organization_id = $1',
      [organization],
    );
    return rows[0]?.many ?? 0;
  }

  async remove(id: DraftId): Promise<void> {
    await this.pool.query('DELETE FROM registry.draft WHERE draft_id = $1', [id]);
  }

  async expiredBy(at: Date): Promise<readonly Draft[]> {
    const { rows } = await this.pool.query<Row>(
      `SELECT ${COLUMNS} FROM registry.draft WHERE expires_at <= $1 ORDER BY expires_at LIMIT $2`,
      [at, EXPIRED_MAX],
    );
    return rows.map(fromRow);
  }
}

const fromRow = (row: Row): Draft => ({
  draftId: draftId(row.draft_id),
  organizationId: organizationId(row.organization_id),
  provider: row.provider,
  settings: row.settings,
  credentialFingerprint: row.credential_fingerprint,
  references: row.secret_references,
  secretId: row.secret_id,
  createdAt: row.created_at,
  expiresAt: row.expires_at,
});
