import { deriveId } from '@gatehouse/kernel';
import { auditV1, provisioningV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import type { Asked } from '../rest/asked';
import { HistoriesController } from './histories.controller';
import type { listWorkspaceHistory } from './history.routes';

const workspace = deriveId('ws', 'one');

/** The streams that are asked for, of a workspace with so many provisions. */
const streamsOf = async (count: number): Promise<readonly string[]> => {
  let asked: readonly string[] = [];
  const control = {
    provisions: {
      listProvisions: async ({ pageToken, pageSize }: provisioningV1.ListProvisionsRequest) => {
        const from = Number(pageToken);
        const to = Math.min(from + Math.min(pageSize, 500), count);
        const provisions = Array.from({ length: to - from }, (_, at) => ({ id: `prv_${from + at}` }));
        return { provisions, totalSize: count, nextPageToken: to < count ? String(to) : '' };
      },
    },
    events: {
      listHistory: async ({ streams }: auditV1.ListHistoryRequest) => {
        asked = streams;
        return auditV1.ListHistoryResponse.create();
      },
    },
  };
  await new HistoriesController().ofWorkspace({
    path: { workspace },
    query: { type: '', actor_id: '' },
    control: control as unknown as ControlPlane,
  } as Asked<typeof listWorkspaceHistory>);
  return asked;
};

it.each([0, 1, 201, 999])('a history of a workspace is that of all of its %s provisions', async (count) => {
  const provisions = Array.from({ length: count }, (_, at) => `provision-prv_${at}`);
  expect(await streamsOf(count)).toEqual([`workspace-${workspace}`, ...provisions]);
});

it('asks for no more streams than may be asked for at once', async () => {
  expect(await streamsOf(1_200)).toHaveLength(1_000);
});
