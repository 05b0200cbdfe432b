import {
  Clock,
  type CountedPage,
  type KeyedPlace,
  type OrganizationId,
  type PageRequest,
} from '@gatehouse/kernel';
import { Projections } from '@gatehouse/platform';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { Directory, DIRECTORY, type ApiKeySelection } from '../directory.ports';
import { knownWorkspace } from '../workspace/known-workspace';
import { KeyUses } from './api-key.ports';
import type { ApiKeyView } from './api-key.view';
import { type LastUse, lastUse } from './last-use';

export interface ListedApiKey extends ApiKeyView {
  readonly lastUse: LastUse;
}

export class ListApiKeysQuery extends Query<CountedPage<ListedApiKey, KeyedPlace>> {
  constructor(
    readonly organizationId: OrganizationId,
    readonly selection: Omit<ApiKeySelection, 'at'>,
    readonly page: PageRequest<KeyedPlace>,
    readonly atLeastPosition: string,
  ) {
    super();
  }
}

@QueryHandler(ListApiKeysQuery)
export class ListApiKeysHandler implements IQueryHandler<ListApiKeysQuery> {
  constructor(
    private readonly directory: Directory,
    private readonly projections: Projections,
    private readonly uses: KeyUses,
    private readonly clock: Clock,
  ) {}

  async execute(query: ListApiKeysQuery): Promise<CountedPage<ListedApiKey, KeyedPlace>> {
    const { organizationId, selection, page, atLeastPosition } = query;
    await this.projections.waitFor(DIRECTORY, atLeastPosition);
    const { workspaceId } = selection;
    if (workspaceId) await knownWorkspace(this.directory, organizationId, workspaceId);
    const found = await this.directory.apiKeys(organizationId, { ...selection, at: this.clock.now() }, page);
    return { ...found, items: await this.withLastUse(organizationId, found.items) };
  }

  private async withLastUse(
    organizationId: OrganizationId,
    keys: readonly ApiKeyView[],
  ): Promise<readonly ListedApiKey[]> {
    if (keys.length === 0) return [];
    const uses = await this.uses.of(
      organizationId,
      keys.map(({ id }) => id),
    );
    return keys.map((key) => ({ ...key, lastUse: lastUse(key, uses) }));
  }
}
