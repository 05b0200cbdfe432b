import { Turns } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import { Controller, Inject } from '@nestjs/common';
import { shownIn } from '../adapters/grpc/shown-in';
import { fromRestWholeLimits } from '../limits/whole-limit-conversion';
import type { Asked } from '../rest/asked';
import { timeOrNull } from '../rest/or-null';
import { pageOf } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { known } from './named-integration';
import { EXISTING, fromRestModelNames } from './own-integration-conversion';
import { detailsOf } from './own-integration-details';
import { changeWorkspacesOf, workspacesOf } from './own-workspaces';
import * as routes from './own-workspaces.routes';
import { BULK_STATUSES } from './own-workspaces.schema';

const PAGE_BY_DEFAULT = 50;
const REFUSALS_MAX = 200;
/** Provisioning hears of the integration in a moment, and waits for it, whatever the position is. */
const SEEN = '0';
const { ExistingProvisions } = provisioningV1;

@Controller()
export class OwnWorkspacesController {
  constructor(@Inject(Turns) private readonly turns: Turns) {}

  @Serves(routes.listWorkspacesOfIntegration)
  async list(
    @AskedOf() { path, query, control }: Asked<typeof routes.listWorkspacesOfIntegration>,
  ): Promise<AnswerOf<typeof routes.listWorkspacesOfIntegration>> {
    const { id: integrationId } = await known(control, path.integration);
    const { search, access } = query;
    const page = pageOf(query, PAGE_BY_DEFAULT);
    const { total, items } = await workspacesOf(control, { integrationId, search, access }, page);
    return { object: 'list', total, data: items };
  }

  @Serves(routes.changeWorkspacesOfIntegration)
  async change(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.changeWorkspacesOfIntegration>,
  ): Promise<AnswerOf<typeof routes.changeWorkspacesOfIntegration>> {
    const { id: integrationId } = await known(control, path.integration);
    const { all, reason } = body;
    const limits = all && fromRestWholeLimits(all.limits, 'all.limits');
    await this.turns.take(integrationId, () =>
      changeWorkspacesOf(control, { requestId, integrationId, said: body }),
    );
    if (!all) return { bulk_id: null };
    const { bulk } = await control.bulks.bulkProvision(
      provisioningV1.BulkProvisionRequest.fromPartial({
        ...{ requestId, reason, integrationId, allWorkspaces: true, limits: limits ?? [] },
        models: fromRestModelNames(all.models),
        existing: all.existing ? EXISTING[all.existing] : ExistingProvisions.KEEP,
        atLeastPosition: SEEN,
      }),
    );
    return { bulk_id: shownIn(bulk).id };
  }

  @Serves(routes.changeAutoProvision)
  async changeAutoProvision(
    @AskedOf() { path, body, control, requestId }: Asked<typeof routes.changeAutoProvision>,
  ): Promise<AnswerOf<typeof routes.changeAutoProvision>> {
    const integration = await known(control, path.integration);
    const { reason, revision } = body;
    const expectedRevision = revision ? BigInt(revision) : undefined;
    const command = { requestId, reason, integrationId: integration.id, expectedRevision };
    if (body.enabled)
      await control.autoProvisions.setAutoProvision({
        ...command,
        limits: fromRestWholeLimits(body.limits, 'limits'),
        models: fromRestModelNames(body.models),
        atLeastPosition: SEEN,
        existing: body.existing ? EXISTING[body.existing] : ExistingProvisions.UNSPECIFIED,
      });
    else await control.autoProvisions.turnOffAutoProvision({ ...command, atLeastPosition: SEEN });
    return detailsOf(control, integration);
  }

  @Serves(routes.getBulk)
  async bulk(
    @AskedOf() { path, control }: Asked<typeof routes.getBulk>,
  ): Promise<AnswerOf<typeof routes.getBulk>> {
    const found = await control.bulks.getBulkProvision(
      provisioningV1.GetBulkProvisionRequest.fromPartial({
        ...{ bulkId: path.bulk, pageSize: REFUSALS_MAX },
        kind: provisioningV1.BulkOutcomeKind.REFUSED,
      }),
    );
    const bulk = shownIn(found.bulk);
    return {
      id: bulk.id,
      integration_id: bulk.integrationId,
      status: BULK_STATUSES.of(bulk.status),
      workspaces: bulk.workspaces,
      made: bulk.made,
      changed: bulk.changed,
      unchanged: bulk.unchanged,
      refused: bulk.refused,
      refusals: found.outcomes.map(({ workspaceId, reason }) => ({ workspace_id: workspaceId, reason })),
      requested_at: timeOrNull(bulk.requestedAt),
      object: 'bulk',
    };
  }
}
