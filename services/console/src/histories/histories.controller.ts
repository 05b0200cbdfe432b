import { auditV1, provisioningV1 } from '@gatehouse/proto-gen';
import { Controller } from '@nestjs/common';
import { keyNamesOf } from '../actors/named-actors';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { namedIntegration } from '../integrations/integration-conversion';
import { instantIn } from '../integrations/own-integration-conversion';
import { shownIn } from '../adapters/grpc/shown-in';
import type { Asked } from '../rest/asked';
import { gathered, pageOf } from '../rest/paging';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import { toRestChange } from './history-conversion';
import * as routes from './history.routes';
import type { HistoryChangeAnswer } from './history.schema';
import { type Subject, subjectsOf } from './subjects';

const PAGE_BY_DEFAULT = 50;
/** Of a workspace's provisions, the oldest: so many of them are in its history, beside itself as many as are asked for at once. */
const PROVISIONS_MAX = 999;

@Controller()
export class HistoriesController {
  @Serves(routes.listHistory)
  list(
    @AskedOf() { query, control }: Asked<typeof routes.listHistory>,
  ): Promise<AnswerOf<typeof routes.listHistory>> {
    return history(control, [], query);
  }

  @Serves(routes.listIntegrationHistory)
  async ofIntegration(
    @AskedOf() { path, query, control }: Asked<typeof routes.listIntegrationHistory>,
  ): Promise<AnswerOf<typeof routes.listIntegrationHistory>> {
    const found = await control.integrations.getIntegration(namedIntegration(path.integration));
    const { id } = shownIn(found.integration);
    return history(control, [`integration-${id}`, `integrationlimits-${id}`, `autoprovision-${id}`], query);
  }

  @Serves(routes.listWorkspaceHistory)
  async ofWorkspace(
    @AskedOf() { path, query, control }: Asked<typeof routes.listWorkspaceHistory>,
  ): Promise<AnswerOf<typeof routes.listWorkspaceHistory>> {
    const workspaceId = await workspaceIdOf(control, path.workspace);
    const { items } = await gathered(
      { skip: 0, size: PROVISIONS_MAX },
      (part) =>
        control.provisions.listProvisions(
          provisioningV1.ListProvisionsRequest.fromPartial({ workspaceId, ...part }),
        ),
      ({ provisions }) => provisions,
    );
    const streams = [`workspace-${workspaceId}`, ...items.map(({ id }) => `provision-${id}`)];
    return history(control, streams, query);
  }
}

type Query = Asked<typeof routes.listHistory>['query'];

const history = async (
  control: ControlPlane,
  streams: readonly string[],
  { type, actor_id: actorId, from, to, ...page }: Query,
): Promise<AnswerOf<typeof routes.listHistory>> => {
  const filter = { streams: [...streams], type, actorId, from: instantIn(from), to: instantIn(to) };
  const { total, items } = await gathered(
    pageOf(page, PAGE_BY_DEFAULT),
    (part) => control.events.listHistory(auditV1.ListHistoryRequest.fromPartial({ ...filter, ...part })),
    ({ changes }) => changes,
  );
  const names = await keyNamesOf(
    control,
    items.map(({ event }) => event?.actor),
  );
  const { subjects, names: subjectNames } = await subjectsOf(
    control,
    items.map(({ event }) => shownIn(event)),
  );
  return {
    object: 'list',
    total,
    data: items.map((change, at) => ({ ...toRestChange(change, names), ...toRestSubject(subjects[at]) })),
    names: subjectNames,
  };
};

type Subjects = Pick<HistoryChangeAnswer, 'workspace_id' | 'integration_id' | 'api_key_id'>;

const toRestSubject = (subject: Subject | undefined): Subjects => ({
  workspace_id: subject?.workspaceId ?? null,
  integration_id: subject?.integrationId ?? null,
  api_key_id: subject?.apiKeyId ?? null,
});
