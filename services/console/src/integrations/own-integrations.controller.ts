import { Turns } from '@gatehouse/kernel';
import { registryV1 } from '@gatehouse/proto-gen';
import { Controller, Inject } from '@nestjs/common';
import { workspaceNamesOf } from '../actors/named-actors';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import { toRestConnectionTest, toRestLiveModels } from '../drafts/draft-conversion';
import type { Asked } from '../rest/asked';
import { gathered, pageOf } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { listedIntegrations } from './listed-integrations';
import { known } from './named-integration';
import {
  fromRestDeployment,
  fromRestOwnCreation,
  instantIn,
  toRestIntegrationModel,
} from './own-integration-conversion';
import { createdOf, detailsOf, surrounded } from './own-integration-details';
import * as routes from './own-integration.routes';
import {
  INTEGRATION_STATUSES,
  MODEL_ACCESS_FILTERS,
  type OwnIntegrationChange,
} from './own-integration.schema';

const { IntegrationListView, ModelSelection } = registryV1;

const PAGE_BY_DEFAULT = 50;
const VIEWS = {
  all: IntegrationListView.UNSPECIFIED,
  organization: IntegrationListView.CONNECTED,
  workspace: IntegrationListView.WORKSPACE_CREATED,
} as const;
const SELECTIONS = { all: ModelSelection.ALL, none: ModelSelection.NONE } as const;

@Controller()
export class OwnIntegrationsController {
  constructor(@Inject(Turns) private readonly turns: Turns) {}

  @Serves(routes.listOwnIntegrations)
  async list(
    @AskedOf() { query, control }: Asked<typeof routes.listOwnIntegrations>,
  ): Promise<AnswerOf<typeof routes.listOwnIntegrations>> {
    const { search, mine, provider, workspace_id: workspaceId, order_by: orderBy } = query;
    const status = query.status && INTEGRATION_STATUSES.valueOf(query.status);
    const filter = { view: VIEWS[query.scope], search, mine, provider, workspaceId, orderBy, status };
    const part = pageOf(query, PAGE_BY_DEFAULT);
    const { total, items } = await listedIntegrations(control, part, filter);
    return { object: 'list', total, data: await surrounded(control, items) };
  }

  @Serves(routes.createOwnIntegration)
  async create(
    @AskedOf() { body, control, requestId }: Asked<typeof routes.createOwnIntegration>,
  ): Promise<AnswerOf<typeof routes.createOwnIntegration>> {
    const { integration, position } = await control.integrations.connectIntegration(
      fromRestOwnCreation(requestId, body),
    );
    return createdOf(control, shownIn(integration), position);
  }

  @Serves(routes.getOwnIntegration)
  async get(
    @AskedOf() { path, control }: Asked<typeof routes.getOwnIntegration>,
  ): Promise<AnswerOf<typeof routes.getOwnIntegration>> {
    return detailsOf(control, await known(control, path.integration));
  }

  @Serves(routes.changeOwnIntegration)
  async change(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.changeOwnIntegration>,
  ): Promise<AnswerOf<typeof routes.changeOwnIntegration>> {
    const { id } = await known(control, path.integration);
    const position = await this.turns.take(id, async () =>
      change(control, await known(control, id), { requestId, ...body }),
    );
    return detailsOf(control, await known(control, id, position));
  }

  @Serves(routes.deleteOwnIntegration)
  async delete(
    @AskedOf() { path, query, control, requestId }: Asked<typeof routes.deleteOwnIntegration>,
  ): Promise<object> {
    const { id: integrationId } = await known(control, path.integration);
    const { position } = await control.integrations.deleteIntegration({
      ...{ requestId, reason: query.reason, integrationId, force: query.force },
    });
    await known(control, integrationId, position);
    return {};
  }

  @Serves(routes.testIntegration)
  async test(
    @AskedOf() { path, control }: Asked<typeof routes.testIntegration>,
  ): Promise<AnswerOf<typeof routes.testIntegration>> {
    const { id: integrationId } = await known(control, path.integration);
    return toRestConnectionTest(await control.integrations.testConnection({ integrationId, draftId: '' }));
  }

  @Serves(routes.rotateCredential)
  async rotate(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.rotateCredential>,
  ): Promise<AnswerOf<typeof routes.rotateCredential>> {
    const { id: integrationId } = await known(control, path.integration);
    const { credential, headers, references, reason, credential_expires_at: expiresAt } = body;
    const { position } = await control.integrations.rotateCredential({
      ...{ requestId, reason, integrationId, credential, headers, references },
      credentialExpiresAt: instantIn(expiresAt),
    });
    return detailsOf(control, await known(control, integrationId, position));
  }

  @Serves(routes.addDeployment)
  async addDeployment(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.addDeployment>,
  ): Promise<AnswerOf<typeof routes.addDeployment>> {
    const { id: integrationId } = await known(control, path.integration);
    const { reason, ...said } = body;
    const { position } = await control.integrations.addDeployment({
      ...{ requestId, reason, integrationId, deployment: fromRestDeployment(said) },
    });
    return detailsOf(control, await known(control, integrationId, position));
  }

  @Serves(routes.changeDeployment)
  async changeDeployment(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.changeDeployment>,
  ): Promise<AnswerOf<typeof routes.changeDeployment>> {
    const { id: integrationId } = await known(control, path.integration);
    const { reason, ...said } = body;
    const { alias } = path;
    let { position } = await control.integrations.changeDeployment({
      ...{ requestId, reason, integrationId },
      deployment: fromRestDeployment({ ...said, alias, is_default: false }),
    });
    if (said.is_default)
      ({ position } = await control.integrations.setDefaultDeployment({
        ...{ requestId: `${requestId}.default`, reason, integrationId, alias },
      }));
    return detailsOf(control, await known(control, integrationId, position));
  }

  @Serves(routes.removeDeployment)
  async removeDeployment(
    @AskedOf() { path, query, control, requestId }: Asked<typeof routes.removeDeployment>,
  ): Promise<AnswerOf<typeof routes.removeDeployment>> {
    const { id: integrationId } = await known(control, path.integration);
    const { position } = await control.integrations.removeDeployment({
      ...{ requestId, reason: query.reason, integrationId, alias: path.alias },
    });
    return detailsOf(control, await known(control, integrationId, position));
  }

  @Serves(routes.listOwnIntegrationModels)
  async models(
    @AskedOf() { path, query, control }: Asked<typeof routes.listOwnIntegrationModels>,
  ): Promise<AnswerOf<typeof routes.listOwnIntegrationModels>> {
    const { id: integrationId } = await known(control, path.integration);
    const access = query.access && MODEL_ACCESS_FILTERS.valueOf(query.access);
    const { total, items } = await gathered(
      pageOf(query, PAGE_BY_DEFAULT),
      (page) =>
        control.integrations.listIntegrationModels(
          registryV1.ListIntegrationModelsRequest.fromPartial({
            ...{ integrationId, search: query.search, access },
            ...page,
          }),
        ),
      ({ models }) => models,
    );
    const users = items.flatMap(({ workspaceIds }) => workspaceIds);
    const names = await workspaceNamesOf(control, users);
    return { object: 'list', total, data: items.map((model) => toRestIntegrationModel(model, names)) };
  }

  @Serves(routes.changeOwnIntegrationModels)
  async changeModels(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.changeOwnIntegrationModels>,
  ): Promise<AnswerOf<typeof routes.changeOwnIntegrationModels>> {
    const { id: integrationId } = await known(control, path.integration);
    const { position } = await control.integrations.changeModelAccess({
      ...{ requestId, reason: body.reason, integrationId },
      selection: body.selection ? SELECTIONS[body.selection] : ModelSelection.UNSPECIFIED,
      autoEnable: body.auto_enable ?? undefined,
      ...{ allow: body.allow, revoke: body.revoke },
    });
    return detailsOf(control, await known(control, integrationId, position));
  }

  @Serves(routes.listLiveIntegrationModels)
  async liveModels(
    @AskedOf() { path, control }: Asked<typeof routes.listLiveIntegrationModels>,
  ): Promise<AnswerOf<typeof routes.listLiveIntegrationModels>> {
    const { id: integrationId } = await known(control, path.integration);
    return toRestLiveModels(await control.integrations.listLiveModels({ integrationId, draftId: '' }));
  }
}

/** Answers the last position; empty where nothing was said. */
const change = async (
  control: ControlPlane,
  { id: integrationId, ...standing }: registryV1.Integration,
  { requestId, reason, ...said }: OwnIntegrationChange & { readonly requestId: string },
): Promise<string> => {
  const command = (what: string) => ({ requestId: `${requestId}.${what}`, reason, integrationId });
  const { integrations } = control;
  let position = '';
  if (said.name !== undefined && said.name !== standing.name)
    ({ position } = await integrations.renameIntegration({ ...command('name'), name: said.name }));
  if (said.description !== undefined && said.description !== standing.description)
    ({ position } = await integrations.describeIntegration({
      ...command('description'),
      description: said.description,
    }));
  if (said.enabled === false) ({ position } = await integrations.disableIntegration(command('disabled')));
  if (said.enabled === true) ({ position } = await integrations.enableIntegration(command('enabled')));
  return position;
};
