import {
  Clock,
  type CountedPage,
  type KeyedPlace,
  type OrganizationId,
  type PageRequest,
  type WorkspaceId,
} from '@gatehouse/kernel';
import { isServed, type OfferedModel } from '@gatehouse/offering';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { slugOf, type ToldProvider } from '../../domain/access/access-facts';
import { availableNames } from '../../domain/access/available-names';
import { closedBy, modelOf } from '../../domain/access/explain-route';
import { Directory } from '../directory.ports';
import { knownWorkspace } from '../workspace/known-workspace';
import { ToldProviders } from './access.ports';
import { contains, pageOfTexts } from './page-of-texts';

export interface AvailableModel {
  /** `@slug/model`. */
  readonly id: string;
  /** The vendor. */
  readonly provider: string;
  readonly model: OfferedModel;
}

export class ListAvailableModelsQuery extends Query<CountedPage<AvailableModel, KeyedPlace>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly workspaceId: WorkspaceId,
    readonly search: string | undefined,
    readonly page: PageRequest<KeyedPlace>,
  ) {
    super();
  }
}

@QueryHandler(ListAvailableModelsQuery)
export class ListAvailableModelsHandler implements IQueryHandler<ListAvailableModelsQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly providers: ToldProviders,
    private readonly clock: Clock,
  ) {}

  async execute(query: ListAvailableModelsQuery): Promise<CountedPage<AvailableModel, KeyedPlace>> {
    const { organizationId, workspaceId, search, page } = query;
    const { archivedAt } = await knownWorkspace(this.directory, organizationId, workspaceId);
    const providers = archivedAt ? [] : await this.providers.ofWorkspace(organizationId, workspaceId);
    const now = this.clock.now();
    const named = providers
      .filter((provider) => isServed(provider.integration.dialect) && !closedBy(provider, now))
      .flatMap(namesOf)
      .filter(({ id }) => contains(id, search));
    const { items, next, totalSize } = await pageOfTexts(named, ({ id }) => id, page);
    return { items: items.flatMap(composed), next, totalSize };
  }
}

interface Named {
  readonly id: string;
  readonly name: string;
  readonly provider: ToldProvider;
}

const namesOf = (provider: ToldProvider): readonly Named[] =>
  availableNames(provider).map((name) => ({ id: `@${slugOf(provider)}/${name}`, name, provider }));

const composed = ({ id, name, provider }: Named): readonly AvailableModel[] => {
  const model = modelOf(provider, name);
  return model ? [{ id, provider: provider.integration.provider, model }] : [];
};
