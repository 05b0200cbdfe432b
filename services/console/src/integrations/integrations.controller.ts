import { Turns } from '@gatehouse/kernel';
import { Controller, Inject } from '@nestjs/common';
import { registryV1 } from '@gatehouse/proto-gen';
import type { Asked } from '../rest/asked';
import { pageOf } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import { change, connect, remove } from './integration-changes';
import {
  toRestAccess,
  toRestIntegration,
  toRestIntegrationDetails,
  toRestModel,
} from './integration-conversion';
import { changeModels, modelsOf, removeModels } from './integration-models';
import { changeWorkspaces, policyOf, provisionsOf } from './integration-workspaces';
import * as routes from './integration.routes';
import { listedIntegrations } from './listed-integrations';
import { known, present } from './named-integration';

const PAGE_BY_DEFAULT = 100;

const VIEWS = {
  all: registryV1.IntegrationListView.UNSPECIFIED,
  organisation: registryV1.IntegrationListView.CONNECTED,
  workspace: registryV1.IntegrationListView.WORKSPACE_CREATED,
} as const;

@Controller()
export class IntegrationsController {
  /** Its models and its workspaces are changed one after the other: clients name one in each of many requests at once. */
  constructor(@Inject(Turns) private readonly turns: Turns) {}

  @Serves(routes.listIntegrations)
  async list(
    @AskedOf() { query, control }: Asked<typeof routes.listIntegrations>,
  ): Promise<AnswerOf<typeof routes.listIntegrations>> {
    const { workspace_id: workspace, type } = query;
    const filter = {
      view: VIEWS[type],
      ...(workspace && { workspaceId: await workspaceIdOf(control, workspace) }),
    };
    const part = pageOf(query, PAGE_BY_DEFAULT);
    const { total, items } = await listedIntegrations(control, part, filter);
    return { object: 'list', total, data: items.map(toRestIntegration) };
  }

  @Serves(routes.createIntegration)
  async create(
    @AskedOf() { body, control, requestId }: Asked<typeof routes.createIntegration>,
  ): Promise<AnswerOf<typeof routes.createIntegration>> {
    const { id, slug } = await connect(control, requestId, body);
    return { id, slug };
  }

  @Serves(routes.getIntegration)
  async get(
    @AskedOf() { path, control }: Asked<typeof routes.getIntegration>,
  ): Promise<AnswerOf<typeof routes.getIntegration>> {
    const shown = await present(control, path.slug);
    const [{ workspaces }, policy] = await Promise.all([
      control.integrations.getIntegrationDependents({ integrationId: shown.id }),
      policyOf(control, shown.id),
    ]);
    return toRestIntegrationDetails(shown, { workspaces: Number(workspaces), policy });
  }

  @Serves(routes.changeIntegration)
  async change(@AskedOf() { path, body, control }: Asked<typeof routes.changeIntegration>): Promise<object> {
    const { id } = await present(control, path.slug);
    await this.turns.take(id, async () => change(control, await known(control, id), body));
    return {};
  }

  @Serves(routes.deleteIntegration)
  async delete(@AskedOf() { path, control }: Asked<typeof routes.deleteIntegration>): Promise<object> {
    await remove(control, await known(control, path.slug));
    return {};
  }

  @Serves(routes.listIntegrationWorkspaces)
  async workspaces(
    @AskedOf() { path, control }: Asked<typeof routes.listIntegrationWorkspaces>,
  ): Promise<AnswerOf<typeof routes.listIntegrationWorkspaces>> {
    const { id: integrationId } = await present(control, path.slug);
    const provisions = await provisionsOf(control, { integrationId });
    const workspaces = provisions.map(toRestAccess);
    return { total: workspaces.length, workspaces };
  }

  @Serves(routes.changeIntegrationWorkspaces)
  async changeWorkspaces(
    @AskedOf() { path, body, control }: Asked<typeof routes.changeIntegrationWorkspaces>,
  ): Promise<object> {
    const shown = await present(control, path.slug);
    await this.turns.take(shown.id, () => changeWorkspaces(control, shown, body));
    return {};
  }

  @Serves(routes.listIntegrationModels)
  async models(
    @AskedOf() { path, control }: Asked<typeof routes.listIntegrationModels>,
  ): Promise<AnswerOf<typeof routes.listIntegrationModels>> {
    const { id, modelAccess } = await present(control, path.slug);
    const models = await modelsOf(control, id);
    return {
      total: models.length,
      allow_all_models: modelAccess?.autoEnable ?? false,
      models: models.map(toRestModel),
    };
  }

  @Serves(routes.changeIntegrationModels)
  async changeModels(
    @AskedOf() { path, body, control }: Asked<typeof routes.changeIntegrationModels>,
  ): Promise<object> {
    const { id } = await present(control, path.slug);
    const autoEnable = body.allow_all_models ?? undefined;
    const position = await this.turns.take(id, () =>
      changeModels(control, id, body.models ?? [], autoEnable),
    );
    await known(control, id, position);
    return {};
  }

  @Serves(routes.deleteIntegrationModels)
  async deleteModels(
    @AskedOf() { path, query, body, control }: Asked<typeof routes.deleteIntegrationModels>,
  ): Promise<object> {
    const { id } = await present(control, path.slug);
    const named = (body.models ?? []).map((model) => (typeof model === 'string' ? model : model.slug));
    const slugs = (query.slugs ?? '').split(',').filter((slug) => slug !== '');
    const position = await this.turns.take(id, () => removeModels(control, id, [...slugs, ...named]));
    await known(control, id, position);
    return {};
  }
}
