import type { IntegrationId, OrganizationId } from '@gatehouse/kernel';
import {
  callsDeployments,
  isAllowed,
  isDeploymentAllowed,
  type ModelFacts,
  type PublishedModels,
} from '@gatehouse/offering';
import { fromProtoModelFacts } from '@gatehouse/offering-messages';
import { PgPool } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Injectable } from '@nestjs/common';
import {
  Integrations,
  type IntegrationStatus,
  type KnownIntegration,
} from '../../app/provision/provision.ports';
import { fromJsonDecisions, fromJsonDeployments, INTEGRATIONS_SCHEMA } from './integrations.projection';

interface Row {
  readonly slug: string;
  readonly name: string;
  readonly provider: string;
  readonly dialect: string;
  readonly model_decisions: unknown;
  readonly deployments: readonly unknown[];
  readonly status: IntegrationStatus;
  readonly owner_workspace_id: string;
}

@Injectable()
export class PostgresIntegrations extends Integrations {
  constructor(private readonly pool: PgPool) {
    super();
  }

  async find(organizationId: OrganizationId, id: IntegrationId): Promise<KnownIntegration | undefined> {
    const row = await this.rowOf(organizationId, id);
    if (row === undefined) return undefined;
    const { slug, name, provider, status, owner_workspace_id: ownerWorkspaceId } = row;
    return { slug, name, provider, status, ownerWorkspaceId };
  }

  async isSlug(organizationId: OrganizationId, slug: string): Promise<boolean> {
    const { rowCount } = await this.pool.query(
      `SELECT FROM ${INTEGRATIONS_SCHEMA}.integration
       WHERE organization_id = $1 AND slug = $2 AND status IN ('connecting', 'connected')`,
      [organizationId, slug],
    );
    return rowCount !== 0;
  }

  async offeredAmong(
    organizationId: OrganizationId,
    id: IntegrationId,
    names: readonly string[],
  ): Promise<readonly string[]> {
    const row = await this.rowOf(organizationId, id);
    if (!row) return [];
    const decisions = fromJsonDecisions(row.model_decisions);
    if (callsDeployments(row.dialect)) {
      const aliases = new Set(fromJsonDeployments(row.deployments).map(({ alias }) => alias));
      return names.filter((name) => aliases.has(name) && isDeploymentAllowed(name, decisions));
    }
    const published = publishedModels(await this.factsOf(row.provider, names));
    return names.filter((name) => isAllowed(name, decisions, published));
  }

  private async rowOf(organizationId: OrganizationId, id: IntegrationId): Promise<Row | undefined> {
    const { rows } = await this.pool.query<Row>(
      `SELECT slug, name, provider, dialect, model_decisions, deployments, status, owner_workspace_id FROM ${INTEGRATIONS_SCHEMA}.integration
       WHERE id = $1 AND organization_id = $2`,
      [id, organizationId],
    );
    return rows[0];
  }

  /** As gateways were told: what they do not know of yet, no provision names. */
  private async factsOf(provider: string, names: readonly string[]): Promise<readonly ModelFacts[]> {
    const ids = names.map((name) => `model:${provider}/${name}`);
    const { rows } = await this.pool.query<{ id: string; value: Buffer }>(
      'SELECT id, value FROM provisioning.config_entry WHERE id = ANY ($1::text[]) AND value IS NOT NULL',
      [ids],
    );
    return rows.flatMap(({ id, value: encoded }) => {
      const { value } = provisioningV1.ConfigEntry.decode(encoded);
      if (value?.$case !== 'model') return [];
      return [fromProtoModelFacts(id.slice(`model:${provider}/`.length), value.value)];
    });
  }
}

/** What a model costs is of no concern here. */
const publishedModels = (facts: readonly ModelFacts[]): PublishedModels => {
  const byName = new Map(facts.map((model) => [model.name, model]));
  return {
    names: () => byName.keys(),
    factsOf: (name) => byName.get(name),
    pricesOf: () => undefined,
  };
};
