import { Clock, Turns } from '@gatehouse/kernel';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import { Controller, Inject } from '@nestjs/common';
import { shownIn } from '../adapters/grpc/shown-in';
import { namedIntegration } from '../integrations/integration-conversion';
import type { Asked } from '../rest/asked';
import { pageOf } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import { namedProvider } from './named-provider';
import { change, provide, remove } from './provider-changes';
import * as routes from './provider.routes';
import { shownProvider, shownProviders } from './shown-providers';

const PAGE_BY_DEFAULT = 50;

@Controller()
export class ProvidersController {
  /** What is provisioned of an integration is changed one after the other, here and where its workspaces are. */
  constructor(
    @Inject(Turns) private readonly turns: Turns,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Serves(routes.listProviders)
  async list(
    @AskedOf() { query, control }: Asked<typeof routes.listProviders>,
  ): Promise<AnswerOf<typeof routes.listProviders>> {
    const asked = { page: pageOf(query, PAGE_BY_DEFAULT), workspace: query.workspace_id };
    return { object: 'list', ...(await shownProviders(control, this.clock.now(), asked)) };
  }

  @Serves(routes.createProvider)
  async create(
    @AskedOf() { body, control, requestId }: Asked<typeof routes.createProvider>,
  ): Promise<AnswerOf<typeof routes.createProvider>> {
    const workspaceId = body.workspace_id ? await workspaceIdOf(control, body.workspace_id) : '';
    const found = await control.integrations.getIntegration(namedIntegration(body.integration_id));
    const integration = shownIn(found.integration);
    return named(
      await this.turns.take(integration.id, () =>
        provide(control, requestId, { integration, workspaceId, said: body }),
      ),
    );
  }

  @Serves(routes.getProvider)
  async get(
    @AskedOf() { path, query, control }: Asked<typeof routes.getProvider>,
  ): Promise<AnswerOf<typeof routes.getProvider>> {
    const provision = await namedProvider(control, path.slug, query.workspace_id);
    return shownProvider(control, this.clock.now(), provision);
  }

  @Serves(routes.changeProvider)
  async change(
    @AskedOf() { path, query, body, control }: Asked<typeof routes.changeProvider>,
  ): Promise<AnswerOf<typeof routes.changeProvider>> {
    const known = () => namedProvider(control, path.slug, query.workspace_id ?? body.workspace_id);
    const { integrationId } = await known();
    return named(await this.turns.take(integrationId, async () => change(control, await known(), body)));
  }

  @Serves(routes.deleteProvider)
  async delete(@AskedOf() { path, query, control }: Asked<typeof routes.deleteProvider>): Promise<object> {
    const known = () => namedProvider(control, path.slug, query.workspace_id);
    const { integrationId } = await known();
    await this.turns.take(integrationId, async () => remove(control, await known()));
    return {};
  }
}

const named = ({ id, slug }: provisioningV1.Provision): AnswerOf<typeof routes.createProvider> => ({
  id,
  slug,
  object: 'provider',
});
