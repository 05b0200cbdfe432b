import type { IntegrationId, OrganizationId, WorkspaceId } from '@gatehouse/kernel';
import { PgPool } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Injectable } from '@nestjs/common';
import { type AddressedProvider, type NamedProvider, ToldProviders } from '../../app/access/access.ports';
import type { ToldIntegration, ToldProvision } from '../../domain/access/access-facts';
import { provisionIdOf } from '../../app/provision/provision-maker';
import { DIRECTORY_SCHEMA } from './directory.projection';
import { INTEGRATIONS_SCHEMA } from './integrations.projection';
import { provisionNameId } from './config-entry';
import { fromEntryIntegration, fromEntryName, fromEntryProvision } from './told-entries';
import { ToldModels } from './told-models';

/**
 * What has ended has no value any more, and neither has what could not be connected. A slug that means an integration is its
 * own, and is nobody else's.
 */
const OF_WORKSPACE = `
  SELECT p.value AS provision, i.value AS integration, n.value AS own, coalesce(called.name, known.name) AS name
  FROM ${DIRECTORY_SCHEMA}.provision d
  JOIN provisioning.config_entry p ON p.id = d.id
  JOIN provisioning.config_entry i ON i.id = d.integration_id
  JOIN ${INTEGRATIONS_SCHEMA}.integration known ON known.id = d.integration_id
  LEFT JOIN provisioning.config_entry n ON n.id = 'name:' || d.id
  LEFT JOIN ${DIRECTORY_SCHEMA}.provision_name called ON called.provision_id = d.id
  WHERE d.organization_id = $1 AND d.workspace_id = $2 AND p.value IS NOT NULL AND i.value IS NOT NULL
  ORDER BY coalesce(called.slug, known.slug) COLLATE "C"`;

/** An integration's slug is one integration's at a time: a deleted one has freed it. */
const NAMED = `
  SELECT id, status FROM ${INTEGRATIONS_SCHEMA}.integration
  WHERE organization_id = $1 AND slug = $2 AND status IN ('connecting', 'connected')`;

/** Those that have it as their own. */
const CALLED = `
  SELECT provision_id, integration_id FROM ${DIRECTORY_SCHEMA}.provision_name
  WHERE organization_id = $1 AND workspace_id = $2 AND slug = $3`;

const ENTRIES =
  'SELECT value FROM provisioning.config_entry WHERE id = ANY ($1::text[]) AND value IS NOT NULL';

interface WorkspaceRow {
  readonly provision: Buffer;
  readonly integration: Buffer;
  readonly own: Buffer | null;
  readonly name: string;
}

interface Told {
  readonly integration: ToldIntegration;
  readonly provision?: ToldProvision;
}

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
    const { rows } = await this.pool.query<WorkspaceRow>(OF_WORKSPACE, [organizationId, workspaceId]);
    const publishedOf = await this.models.all();
    return rows.flatMap((row) => {
      const integration = fromEntryIntegration(provisioningV1.ConfigEntry.decode(row.integration));
      const own = row.own === null ? undefined : fromEntryName(provisioningV1.ConfigEntry.decode(row.own));
      const provision = fromEntryProvision(provisioningV1.ConfigEntry.decode(row.provision), own);
      if (!integration || integration === 'connecting' || !provision) return [];
      return [{ integration, provision, name: row.name, published: publishedOf(integration.provider) }];
    });
  }

  /** The integration's slug first: gateways look in this order. */
  async addressed(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId,
    slug: string,
  ): Promise<AddressedProvider> {
    const publishedOf = await this.models.all();
    const { rows: named } = await this.pool.query<{ id: IntegrationId; status: string }>(NAMED, [
      organizationId,
      slug,
    ]);
    const [known] = named;
    const byIntegration = known && (await this.toldOf(organizationId, workspaceId, known.id));
    const told =
      byIntegration?.told?.provision && byIntegration.told.provision.slug === undefined
        ? byIntegration.told
        : await this.calledBy(organizationId, workspaceId, slug);
    if (told) return { ...told, published: publishedOf(told.integration.provider) };
    if (byIntegration?.told) {
      const { integration } = byIntegration.told;
      return { integration, published: publishedOf(integration.provider) };
    }
    const isConnecting = known?.status === 'connecting' || byIntegration?.isConnecting === true;
    return { integration: isConnecting ? 'connecting' : 'unknown', published: publishedOf('') };
  }

  /** The provision that a workspace calls so; undefined where there is none, or it is there for nobody yet. */
  private async calledBy(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId,
    slug: string,
  ): Promise<Told | undefined> {
    const { rows } = await this.pool.query<{ integration_id: IntegrationId }>(CALLED, [
      organizationId,
      workspaceId,
      slug,
    ]);
    for (const row of rows) {
      const { told } = await this.toldOf(organizationId, workspaceId, row.integration_id);
      if (told?.provision?.slug === slug) return told;
    }
    return undefined;
  }

  private async toldOf(
    organizationId: OrganizationId,
    workspaceId: WorkspaceId,
    integrationId: IntegrationId,
  ): Promise<{ readonly isConnecting: boolean; readonly told?: Told }> {
    const provisionId = provisionIdOf(organizationId, { workspaceId, integrationId });
    const entries = await this.entries([integrationId, provisionId, provisionNameId(provisionId)]);
    const [integration] = entries.flatMap((entry) => fromEntryIntegration(entry) ?? []);
    const [own] = entries.flatMap((entry) => fromEntryName(entry) ?? []);
    const [provision] = entries.flatMap((entry) => fromEntryProvision(entry, own) ?? []);
    if (!integration || integration === 'connecting') return { isConnecting: integration !== undefined };
    return { isConnecting: false, told: { integration, ...(provision && { provision }) } };
  }

  private async entries(ids: readonly string[]): Promise<readonly provisioningV1.ConfigEntry[]> {
    const { rows } = await this.pool.query<{ value: Buffer }>(ENTRIES, [ids]);
    return rows.map(({ value }) => provisioningV1.ConfigEntry.decode(value));
  }
}
