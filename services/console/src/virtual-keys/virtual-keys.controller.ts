import { Clock, Turns } from '@gatehouse/kernel';
import type { provisioningV1, registryV1 } from '@gatehouse/proto-gen';
import { Controller, Inject } from '@nestjs/common';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import {
  change as changeIntegration,
  connect,
  remove as deleteIntegration,
} from '../integrations/integration-changes';
import { namedIntegration } from '../integrations/integration-conversion';
import { fromRestLimits } from '../limits/limit-conversion';
import { namedProvider } from '../providers/named-provider';
import { change, ratesIn, remove, usageIn } from '../providers/provider-changes';
import { shownProvider, shownProviders } from '../providers/shown-providers';
import type { Asked } from '../rest/asked';
import { pageOf } from '../rest/paging';
import { unsupported } from '../rest/requests-in';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import * as routes from './virtual-key.routes';

const PAGE_BY_DEFAULT = 100;

/** What older clients call a provider with its key: an integration of the workspace's own, and its provision. */
@Controller()
export class VirtualKeysController {
  constructor(
    @Inject(Turns) private readonly turns: Turns,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Serves(routes.listVirtualKeys)
  async list(
    @AskedOf() { query, control }: Asked<typeof routes.listVirtualKeys>,
  ): Promise<AnswerOf<typeof routes.listVirtualKeys>> {
    const asked = { page: pageOf(query, PAGE_BY_DEFAULT), workspace: query.workspace_id };
    const { total, data } = await shownProviders(control, this.clock.now(), asked);
    return { object: 'list', total, data: data.map((provider) => ({ ...provider, ...AS_VIRTUAL_KEY })) };
  }

  @Serves(routes.createVirtualKey)
  async create(
    @AskedOf() { body, control, requestId }: Asked<typeof routes.createVirtualKey>,
  ): Promise<AnswerOf<typeof routes.createVirtualKey>> {
    const { name, key, slug, workspace_id } = body;
    const creation = { name, ai_provider_id: body.provider, key, slug, workspace_id };
    const limits = fromRestLimits(usageIn(body), ratesIn(body));
    const { slug: called } = await connect(control, requestId, creation, limits);
    const { id } = await namedProvider(control, called, workspace_id);
    const named = { id, slug: called };
    return { success: true, data: named, ...named, object: 'virtual-key' };
  }

  @Serves(routes.getVirtualKey)
  async get(
    @AskedOf() { path, query, control }: Asked<typeof routes.getVirtualKey>,
  ): Promise<AnswerOf<typeof routes.getVirtualKey>> {
    const provision = await namedProvider(control, path.slug, query.workspace_id);
    return { ...(await shownProvider(control, this.clock.now(), provision)), ...AS_VIRTUAL_KEY };
  }

  @Serves(routes.changeVirtualKey)
  async change(
    @AskedOf() { path, query, body, control }: Asked<typeof routes.changeVirtualKey>,
  ): Promise<AnswerOf<typeof routes.changeVirtualKey>> {
    const known = () => namedProvider(control, path.slug, query.workspace_id ?? body.workspace_id);
    const { integrationId } = await known();
    const { key } = body;
    const { id, slug } = await this.turns.take(integrationId, async () => {
      const provision = await known();
      if (key) await this.rotate(control, provision, key);
      return change(control, provision, body);
    });
    return { id, slug, object: 'virtual-key' };
  }

  @Serves(routes.deleteVirtualKey)
  async delete(@AskedOf() { path, query, control }: Asked<typeof routes.deleteVirtualKey>): Promise<object> {
    const known = () => namedProvider(control, path.slug, query.workspace_id);
    const { integrationId } = await known();
    await this.turns.take(integrationId, async () => {
      const provision = await known();
      const integration = await integrationOf(control, provision);
      await (isOwn(integration, provision)
        ? deleteIntegration(control, integration)
        : remove(control, provision));
    });
    return {};
  }

  /** INVALID `UNSUPPORTED` where other workspaces may call with the key. */
  private async rotate(
    control: ControlPlane,
    provision: provisioningV1.Provision,
    key: string,
  ): Promise<void> {
    const integration = await integrationOf(control, provision);
    if (!isOwn(integration, provision))
      throw unsupported('key', "is the organization's: it is changed at /v1/integrations");
    await changeIntegration(control, integration, { key });
  }
}

const AS_VIRTUAL_KEY = { model_config: null, object: 'virtual-key' } as const;

const integrationOf = async (
  control: ControlPlane,
  { integrationId }: provisioningV1.Provision,
): Promise<registryV1.Integration> => {
  const { integration } = await control.integrations.getIntegration(namedIntegration(integrationId));
  return shownIn(integration);
};

const isOwn = (
  { ownerWorkspaceId }: registryV1.Integration,
  { workspaceId }: provisioningV1.Provision,
): boolean => ownerWorkspaceId === workspaceId;
