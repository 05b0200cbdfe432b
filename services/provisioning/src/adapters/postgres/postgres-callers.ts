import { apiKeyId, type OrganizationId, workspaceId, type WorkspaceId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { Injectable } from '@nestjs/common';
import { Callers, type CallingWorkspace } from '../../app/preview/preview.ports';
import { DIRECTORY_SCHEMA } from './directory.projection';

interface CallerRow {
  readonly workspace_id: string;
  readonly name: string;
  readonly key_count: number;
  readonly keys: readonly { readonly id: string; readonly name: string; readonly prefix: string }[] | null;
}

/** A key names models as `@slug/model`, by what the provision is called in its workspace. */
const CALLERS = `
  SELECT w.id AS workspace_id, w.name, callers.key_count, callers.keys
  FROM unnest($2::text[], $3::text[]) AS named (workspace_id, slug)
  JOIN ${DIRECTORY_SCHEMA}.workspace w ON w.id = named.workspace_id AND w.organization_id = $1
  CROSS JOIN LATERAL (
    SELECT count(*)::int AS key_count,
      json_agg(json_build_object('id', k.id, 'name', k.name, 'prefix', k.prefix) ORDER BY k.position)
        FILTER (WHERE k.place <= 100) AS keys
    FROM (
      SELECT id, name, prefix, position, row_number() OVER (ORDER BY position) AS place
      FROM ${DIRECTORY_SCHEMA}.api_key
      WHERE workspace_id = w.id AND organization_id = $1 AND NOT revoked
        AND (expires_at IS NULL OR expires_at > $4)
        AND (all_models OR EXISTS (
          SELECT FROM unnest(model_names) AS model WHERE starts_with(model, '@' || named.slug || '/')))
    ) k
  ) callers`;

/** Reads the projection `directory`. */
@Injectable()
export class PostgresCallers extends Callers {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async of(
    organizationId: OrganizationId,
    named: readonly { readonly workspaceId: WorkspaceId; readonly slug: string }[],
    at: Date,
  ): Promise<ReadonlyMap<WorkspaceId, CallingWorkspace>> {
    const [ids, slugs] = [named.map((one) => one.workspaceId), named.map((one) => one.slug)];
    const { rows } = await this.pool.query<CallerRow>(CALLERS, [organizationId, ids, slugs, at]);
    return new Map(rows.map((row) => [workspaceId(row.workspace_id), fromRowCaller(row)]));
  }
}

const fromRowCaller = ({ name, key_count: keyCount, keys }: CallerRow): CallingWorkspace => ({
  name,
  keyCount,
  keys: (keys ?? []).map((key) => ({ ...key, id: apiKeyId(key.id) })),
});
