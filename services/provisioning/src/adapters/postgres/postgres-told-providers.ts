import type { IntegrationId, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Injectable } from '@nestjs/common';
import { type AddressedProvider, type NamedProvider, ToldProviders } from '../../app/access/access.ports';
import { provisionIdOf } from '../../app/provision/provision-maker';
import { DIRECTORY_SCHEMA } from './directory.projection';
import { INTEGRATIONS_SCHEMA } from './integrations.projection';
import { fromEntryIntegration, fromEntryProvision } from './told-entries';
import { ToldModels } from './told-models';

/** What has ended has no value any more, and neither has what could not be connected. */
const OF_WORKSPACE = `
  SELECT p.value AS provision, i.value AS integration, known.name
  FROM ${DIRECTORY_SCHEMA}.provision d
  JOIN provisioning.config_entry p ON p.id = d.id
  JOIN provisioning.config_entry i ON i.id = d.integration_id
  JOIN ${INTEGRATIONS_SCHEMA}.integration known ON known.id = d.integration_id
  WHERE d.organization_id = $1 AND d.workspace_id = $2 AND p.value IS NOT NULL AND i.value IS NOT NULL
  ORDER BY known.slug COLLATE "C"`;

/** A slug is one integration's at a time: a deleted one has freed it. */
const NAMED = `
  SELECT id, status FROM ${INTEGRATIONS_SCHEMA}.integration
  WHERE organization_id = $1 AND slug = $2 AND status IN ('connecting', 'connected')`;

const ENTRIES =
  'SELECT value FROM provisioning.config_entry WHERE id = ANY ($1::text[]) AND value IS NOT NULL';

@Injectable()
export class PostgresToldProviders extends ToldProviders {
  constructor(
    private readonly pool: PgPool,
    private readonly models: ToldModels,
  ) {
    super();
  }

  async ofWorkspace(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId,
  ): Promise<readonly NamedProvider[]> {
    const { rows } = await this.pool.query<{ provision: Buffer; integration: Buffer; name: string }>(
      OF_WORKSPACE,
      [organizationId, workspaceId],
    );
    const publishedOf = await this.models.all();
    return rows.flatMap((row) => {
      const integration = fromEntryIntegration(provisioningV1.ConfigEntry.decode(row.integration));
      const provision = fromEntryProvision(provisioningV1.ConfigEntry.decode(row.provision));
      if (!integration || integration === 'connecting' || !provision) return [];
      return [{ integration, provision, name: row.name, published: publishedOf(integration.provider) }];
    });
  }

  async addressed(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId,
    slug: string,
  ): Promise<AddressedProvider> {
    const publishedOf = await this.models.all();
    const { rows } = await this.pool.query<{ id: IntegrationId; status: string }>(NAMED, [
      organizationId,
      slug,
    ]);
    const [known] = rows;
    if (!known) return { integration: 'unknown', published: publishedOf('') };
    const provisionId = provisionIdOf(organizationId, { workspaceId, integrationId: known.id });
    const entries = await this.entries([known.id, provisionId]);
    const [integration] = entries.flatMap((entry) => fromEntryIntegration(entry) ?? []);
    const [provision] = entries.flatMap((entry) => fromEntryProvision(entry) ?? []);
    if (!integration || integration === 'connecting') {
      const isConnecting = integration ?? known.status === 'connecting';
      return { integration: isConnecting ? 'connecting' : 'unknown', published: publishedOf('') };
    }
    return { integration, published: publishedOf(integration.provider), ...(provision && { provision }) };
  }

  private async entries(ids: readonly string[]): Promise<readonly provisioningV1.ConfigEntry[]> {
    const { rows } = await this.pool.query<{ value: Buffer }>(ENTRIES, [ids]);
    return rows.map(({ value }) => provisioningV1.ConfigEntry.decode(value));
  }
}
