import { type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { type Health, Healths } from '../health/health.ports';
import { ListedModels } from '../publication/listed-models';
import { IntegrationDirectory, type ProvisionCounts, ProvisionDirectory } from './integration.ports';
import { allowedCount } from './integration-models';
import type { IntegrationView } from './integration-streams';

/** An integration with what is told of it beside itself. */
export interface SurroundedIntegration extends ProvisionCounts {
  readonly view: IntegrationView;
  /** How many models it offers by name. */
  readonly models: number;
  readonly health: Health | undefined;
}

export class ListIntegrationSurroundingsQuery extends Query<readonly SurroundedIntegration[]> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly ids: readonly IntegrationId[],
  ) {
    super();
  }
}

/** In the order asked for; another organization's are left out, as those that never were. */
@QueryHandler(ListIntegrationSurroundingsQuery)
export class ListIntegrationSurroundingsHandler implements IQueryHandler<ListIntegrationSurroundingsQuery> {
  constructor(
    private readonly directory: IntegrationDirectory,
    private readonly provisions: ProvisionDirectory,
    private readonly listed: ListedModels,
    private readonly healths: Healths,
  ) {}

  async execute({
    organizationId,
    ids,
  }: ListIntegrationSurroundingsQuery): Promise<readonly SurroundedIntegration[]> {
    const [views, counts, healths, { publishedOf }] = await Promise.all([
      this.directory.findAll(organizationId, ids),
      this.provisions.countsOf(organizationId, ids),
      this.healths.findAll(ids),
      this.listed.now(),
    ]);
    return ids.flatMap((id) => {
      const view = views.find(({ integrationId }) => integrationId === id);
      if (view === undefined) return [];
      const { workspaces, enabled } = counts.get(id) ?? { workspaces: 0, enabled: 0 };
      const health = healths.find(({ integrationId }) => integrationId === id);
      const models = allowedCount(view, publishedOf(view.provider));
      return [{ view, workspaces, enabled, models, health }];
    });
  }
}
