import { invalidField } from '@gatehouse/kernel';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import { Controller } from '@nestjs/common';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { instantIn } from '../integrations/own-integration-conversion';
import type { Asked } from '../rest/asked';
import { gathered, type ListPage, pageOf, type Part } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import { toRestAiProvider, toRestAvailableModel, toRestExplained } from './access-conversion';
import * as routes from './access.routes';

const PAGE_BY_DEFAULT = 50;

@Controller()
export class AccessController {
  @Serves(routes.explainAccess)
  async explain(
    @AskedOf() { query, control }: Asked<typeof routes.explainAccess>,
  ): Promise<AnswerOf<typeof routes.explainAccess>> {
    const { provider, model, at } = query;
    const of = await askedOf(control, query);
    return toRestExplained(await control.access.explainAccess({ of, provider, model, at: instantIn(at) }));
  }

  @Serves(routes.listAiProviders)
  async providers(
    @AskedOf() { path, query, control }: Asked<typeof routes.listAiProviders>,
  ): Promise<AnswerOf<typeof routes.listAiProviders>> {
    const asked = { workspaceId: await workspaceIdOf(control, path.workspace), search: query.search };
    const { total, items } = await passedOver(
      pageOf(query, PAGE_BY_DEFAULT),
      (page) => control.access.listAiProviders({ ...asked, ...page }),
      ({ providers }) => providers,
    );
    return { object: 'list', total, data: items.map(toRestAiProvider) };
  }

  @Serves(routes.listAvailableModels)
  async models(
    @AskedOf() { path, query, control }: Asked<typeof routes.listAvailableModels>,
  ): Promise<AnswerOf<typeof routes.listAvailableModels>> {
    const asked = { workspaceId: await workspaceIdOf(control, path.workspace), search: query.search };
    const { total, items } = await passedOver(
      pageOf(query, PAGE_BY_DEFAULT),
      (page) => control.access.listAvailableModels({ ...asked, ...page }),
      ({ models }) => models,
    );
    return { object: 'list', total, data: items.map(toRestAvailableModel) };
  }
}

const askedOf = async (
  control: ControlPlane,
  { workspace_id: workspace, api_key_id: key }: Asked<typeof routes.explainAccess>['query'],
): Promise<provisioningV1.ExplainAccessRequest['of']> => {
  if ((workspace === undefined) === (key === undefined))
    throw invalidField('workspace_id', 'must be named, or else api_key_id');
  return workspace === undefined
    ? { $case: 'apiKeyId', value: key ?? '' }
    : { $case: 'workspaceId', value: await workspaceIdOf(control, workspace) };
};

/** Of lists that are put together as they are asked for, and know no skipping. */
const passedOver = async <Page extends ListPage, Item>(
  { skip, size }: Part,
  read: (page: { pageSize: number; pageToken: string }) => Promise<Page>,
  itemsOf: (page: Page) => readonly Item[],
): Promise<{ readonly total: number; readonly items: readonly Item[] }> => {
  const all = { skip: 0, size: skip + size };
  const { total, items } = await gathered(
    all,
    ({ pageSize, pageToken }) => read({ pageSize, pageToken }),
    itemsOf,
  );
  return { total, items: items.slice(skip) };
};
