import { invalidField } from '@gatehouse/kernel';
import { meteringV1 } from '@gatehouse/proto-gen';
import { Controller } from '@nestjs/common';
import { workspaceNamesOf } from '../actors/named-actors';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import type { Asked } from '../rest/asked';
import { unshifted } from '../rest/decimals';
import { pageOf } from '../rest/paging';
import { unsupported } from '../rest/requests-in';
import type { AnswerOf } from '../rest/route';
import { AskedOf, Serves } from '../rest/serves.decorator';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import * as routes from './analytics.routes';
import { type AnalyticsQuery, type GraphAnswer, refusedFilterOf } from './analytics.schema';
import { CENTS_PLACES, GRAPHS, intervalOf, NONE_OF_IT, pointsOf } from './graphs';

const { UsageDimension } = meteringV1;
const PAGE_BY_DEFAULT = 50;

/** What a group is called, where it has no name: of users and metadata, what was beyond those that are counted. Calls that said nothing of it are in no group. */
type Named = (row: meteringV1.UsageRow) => Readonly<Record<string, string | null>>;

const GROUPS: ReadonlyMap<string, readonly [by: meteringV1.UsageDimension[], named: Named]> = new Map<
  string,
  readonly [meteringV1.UsageDimension[], Named]
>([
  ['users', [[UsageDimension.USER], ({ user }) => ({ user: user || null })]],
  [
    'ai-models',
    [
      [UsageDimension.MODEL, UsageDimension.PROVIDER],
      ({ model, provider }) => ({ ai_model: model, ai_provider: provider }),
    ],
  ],
  ['model', [[UsageDimension.MODEL], ({ model }) => ({ model })]],
  ['provider', [[UsageDimension.PROVIDER], ({ provider }) => ({ provider })]],
  ['api_key', [[UsageDimension.API_KEY], ({ apiKeyId }) => ({ api_key: apiKeyId })]],
  ['workspaces', [[UsageDimension.WORKSPACE], ({ workspaceId }) => ({ workspace: workspaceId })]],
  ['workspace', [[UsageDimension.WORKSPACE], ({ workspaceId }) => ({ workspace: workspaceId })]],
]);

@Controller()
export class AnalyticsController {
  @Serves(routes.listMetadataGroups)
  metadata(
    @AskedOf() { path, query, control }: Asked<typeof routes.listMetadataGroups>,
  ): Promise<AnswerOf<typeof routes.listMetadataGroups>> {
    const asked = { groupBy: [UsageDimension.METADATA], metadataKey: path.key };
    return groups(control, query, asked, ({ metadataValue }) => ({ metadata_value: metadataValue || null }));
  }

  @Serves(routes.listGroups)
  async groups(
    @AskedOf() { path, query, control }: Asked<typeof routes.listGroups>,
  ): Promise<AnswerOf<typeof routes.listGroups>> {
    const [groupBy, named] = GROUPS.get(path.by) ?? unknownIn('by', [...GROUPS.keys()]);
    const answer = await groups(control, query, { groupBy }, named);
    if (path.by !== 'workspaces') return answer;
    const ids = answer.data.flatMap(({ workspace }) => (typeof workspace === 'string' ? [workspace] : []));
    const names = await workspaceNamesOf(control, ids);
    const data = answer.data.map((row) => ({ ...row, name: names.get(String(row['workspace'])) ?? null }));
    return { ...answer, data };
  }

  @Serves(routes.summarizeCache)
  async cache(
    @AskedOf() { query, control }: Asked<typeof routes.summarizeCache>,
  ): Promise<AnswerOf<typeof routes.summarizeCache>> {
    // Who may not ask is refused, also where there is nothing to tell.
    await control.usage.getUsage(meteringV1.GetUsageRequest.fromPartial(await filterOf(control, query)));
    return { object: 'list', total: 0, data: [] };
  }

  @Serves(routes.getGraph)
  graph(
    @AskedOf() { path, query, control }: Asked<typeof routes.getGraph>,
  ): Promise<AnswerOf<typeof routes.getGraph>> {
    return graph(control, path.metric, query);
  }

  @Serves(routes.getSlashedGraph)
  slashed(
    @AskedOf() { path, query, control }: Asked<typeof routes.getSlashedGraph>,
  ): Promise<AnswerOf<typeof routes.getSlashedGraph>> {
    return graph(control, `${path.metric}-${path.part}`, query);
  }
}

const unknownIn = (field: string, known: readonly string[]): never => {
  throw unsupported(field, `must be one of ${known.join(', ')}`);
};

const graph = async (control: ControlPlane, metric: string, query: AnalyticsQuery): Promise<GraphAnswer> => {
  const none = NONE_OF_IT.get(metric);
  const made = none ? undefined : (GRAPHS.get(metric) ?? unknownIn('metric', [...GRAPHS.keys()]));
  const filter = await filterOf(control, query);
  // Who may not ask is refused, also where there is nothing to tell.
  const asked = { ...filter, groupBy: [...(made?.groupBy ?? [])], latency: made?.latency ?? false };
  const every = made === undefined || made.byDay ? undefined : intervalOf(filter.from, filter.to);
  const request = (over: Partial<meteringV1.GetUsageRequest>) =>
    control.usage.getUsage(meteringV1.GetUsageRequest.fromPartial({ ...asked, ...over }));
  const [whole, points] = await Promise.all([request({}), request({ every })]);
  const of = { object: 'analytics-graph' } as const;
  if (made === undefined) return { ...of, summary: none ?? {}, data_points: [] };
  return { ...of, summary: made.figures(whole.rows), data_points: pointsOf(made, points.rows) };
};

type Groups = AnswerOf<typeof routes.listGroups>;

/** The dearest first. */
const groups = async (
  control: ControlPlane,
  query: AnalyticsQuery,
  asked: Partial<meteringV1.GetUsageRequest>,
  named: Named,
): Promise<Groups> => {
  const filter = await filterOf(control, query);
  const { rows } = await control.usage.getUsage(
    meteringV1.GetUsageRequest.fromPartial({ ...filter, ...asked }),
  );
  const { skip, size } = pageOf(query, PAGE_BY_DEFAULT);
  const sorted = rows.toSorted((one, other) => (one.amountNanoUsd > other.amountNanoUsd ? -1 : 1));
  const data = sorted.slice(skip, skip + size).map((row) => ({
    ...named(row),
    requests: Number(row.requests),
    cost: unshifted(row.amountNanoUsd, CENTS_PLACES),
    object: 'analytics-group' as const,
  }));
  return { object: 'list', total: rows.length, data };
};

const filterOf = async (control: ControlPlane, query: AnalyticsQuery) => {
  const refused = refusedFilterOf(query);
  if (refused) throw unsupported(refused, 'is not what usage is counted by');
  const [from, to] = [new Date(query.time_of_generation_min), new Date(query.time_of_generation_max)];
  if (from > to) throw invalidField('time_of_generation_max', 'must not be before time_of_generation_min');
  const { workspace_slug: workspace, api_key_ids: keys, ai_org_model: model } = query;
  return {
    ...{ from, to },
    workspaceId: workspace ? await workspaceIdOf(control, workspace) : '',
    apiKeyId: keys ? oneOf('api_key_ids', keys) : '',
    ...(model ? modelIn(oneOf('ai_org_model', model)) : {}),
    ...(query.metadata ? metadataIn(query.metadata) : {}),
  };
};

const oneOf = (field: string, listed: string): string => {
  if (listed.includes(',')) throw unsupported(field, 'must be one');
  return listed;
};

const modelIn = (named: string): { readonly provider: string; readonly model: string } => {
  // A model's name may have two underscores too.
  const at = named.indexOf('__');
  const [provider, model] = [named.slice(0, at), named.slice(at + 2)];
  if (at < 1 || model === '') throw invalidField('ai_org_model', 'must be org__model');
  return { provider, model };
};

const metadataIn = (text: string): { readonly metadataKey: string; readonly metadataValue: string } => {
  const [pair, ...more] = Object.entries(objectIn(text));
  if (pair === undefined || more.length > 0 || typeof pair[1] !== 'string')
    throw unsupported('metadata', 'must be a JSON object of one pair of texts');
  return { metadataKey: pair[0], metadataValue: pair[1] };
};

const objectIn = (text: string): object => {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? value : {};
  } catch {
    return {};
  }
};
