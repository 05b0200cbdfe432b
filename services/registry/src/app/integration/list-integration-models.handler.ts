import {
  AppError,
  findPage,
  type IntegrationId,
  type OrganizationId,
  type Page,
  type PageRequest,
} from '@gatehouse/kernel';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { ListedModels } from '../publication/listed-models';
import { IntegrationDirectory, ProvisionDirectory } from './integration.ports';
import { type KnownModel, modelsOf } from './integration-models';

/** A model of an integration, and who uses it where it had better not be used. */
export interface IntegrationModelView extends KnownModel {
  /** Of what is withdrawn and allowed: the workspaces that may call it, as many as are shown. */
  readonly workspaceIds: readonly string[];
}

/** Which models are listed. What is absent leaves none out. */
export interface ModelSelection {
  /** Is contained in the name, whatever the case. */
  readonly search: string;
  /** `withdrawn`: allowed, and no longer listed by the provider. */
  readonly access: 'allowed' | 'not-allowed' | 'withdrawn' | undefined;
}

export interface IntegrationModelsPage extends Page<IntegrationModelView, string> {
  readonly totalSize: number;
}

export class ListIntegrationModelsQuery extends Query<IntegrationModelsPage> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly integrationId: IntegrationId,
    readonly selection: ModelSelection,
    /** By name. */
    readonly page: PageRequest<string>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

/** Errors: NOT_FOUND `INTEGRATION_UNKNOWN`, for another organization's as for none. */
@QueryHandler(ListIntegrationModelsQuery)
export class ListIntegrationModelsHandler implements IQueryHandler<ListIntegrationModelsQuery> {
  constructor(
    private readonly directory: IntegrationDirectory,
    private readonly listed: ListedModels,
    private readonly provisions: ProvisionDirectory,
  ) {}

  async execute(query: ListIntegrationModelsQuery): Promise<IntegrationModelsPage> {
    const { organizationId, integrationId, selection, page } = query;
    await this.directory.waitFor(query.atLeastPosition);
    const integration = await this.directory.find(organizationId, integrationId);
    if (integration === undefined) throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
    const { publishedOf } = await this.listed.now();
    const search = selection.search.toLowerCase();
    const views = modelsOf(integration, publishedOf(integration.provider))
      .filter(({ model }) => model.name.toLowerCase().includes(search))
      .filter((view) => isSelected(view, selection.access));
    const { items, next } = await findPage(
      page,
      ({ after = '', size, skip = 0 }) =>
        views.filter(({ model }) => model.name > after).slice(skip, skip + size),
      ({ model }) => model.name,
    );
    return { items: await this.withUsers(query, items), next, totalSize: views.length };
  }

  private async withUsers(
    { organizationId, integrationId }: ListIntegrationModelsQuery,
    views: readonly KnownModel[],
  ): Promise<readonly IntegrationModelView[]> {
    const withdrawn = views.filter(isWithdrawn).map(({ model }) => model.name);
    const users = await this.provisions.callersOf(organizationId, integrationId, withdrawn);
    return views.map((view) => ({ ...view, workspaceIds: users.get(view.model.name) ?? [] }));
  }
}

const isWithdrawn = ({ model, allowed }: KnownModel): boolean => model.withdrawn && allowed;

const isSelected = (view: KnownModel, access: ModelSelection['access']): boolean => {
  switch (access) {
    case undefined:
      return true;
    case 'allowed':
      return view.allowed;
    case 'not-allowed':
      return !view.allowed;
    case 'withdrawn':
      return isWithdrawn(view);
  }
};
