import { formatUsd } from '@gatehouse/kernel';
import type { typeV1 } from '@gatehouse/proto-gen';
import { describeLimits } from './describe-limits';

/** How last period's usage would have fared under a change, a line for each limit and one for models. */
export const describeReplay = ({ limits, models }: typeV1.UsageReplay): readonly string[] => [
  ...limits.map(describeLimitReplay),
  ...(models ? [describeModels(models)] : []),
];

const describeLimitReplay = (replay: typeV1.LimitReplay): string => {
  const { limit, refusedMin, refusedMax, ranOutAfter, ranOutBefore, unknownRequests } = replay;
  const refused = rangeOf(refusedMin, refusedMax);
  const parts = [
    `${limit ? describeLimits([limit]) : 'a limit'}: ${spanOf(replay)} ${callsOf(replay.requests)}${spentIn(replay)}`,
    ...(ranOutAfter && ranOutBefore
      ? [`it would have run out between ${minute(ranOutAfter)} and ${minute(ranOutBefore)}`]
      : []),
    `${refused} would have been refused`,
    ...(unknownRequests > 0n
      ? [`of ${unknownRequests} tokens or cost are unknown, so that it may have been more`]
      : []),
  ];
  return [
    parts.join('; '),
    ...(replay.keys ? describeKeys(replay.keys, limit) : []),
    ...(replay.workspaces ? describeWorkspaces(replay.workspaces, limit) : []),
  ].join('\n');
};

const describeKeys = (
  { called, refused, keys }: typeV1.KeysReplay,
  limit: typeV1.Limit | undefined,
): string[] => [
  `  of ${called} keys that called, ${refused} would have been refused some, or may have been`,
  ...keys.map((key) => `  ${key.apiKeyId}: ${describeFared(key, limit)}`),
];

const describeWorkspaces = (
  { called, refused, totalSize, workspaces }: typeV1.WorkspacesReplay,
  limit: typeV1.Limit | undefined,
): string[] => {
  const more = totalSize - BigInt(workspaces.length);
  return [
    `  of ${called} workspaces that called, ${refused} would have been refused some, or may have been`,
    ...workspaces.map((one) => `  ${one.workspaceName} (${one.workspaceId}): ${describeFared(one, limit)}`),
    ...(more > 0n ? [`  and ${more} more that may have been`] : []),
  ];
};

type Fared = Pick<
  typeV1.KeyReplay,
  'requests' | 'spent' | 'refusedMin' | 'refusedMax' | 'ranOutAfter' | 'ranOutBefore'
>;

const describeFared = (fared: Fared, limit: typeV1.Limit | undefined): string => {
  const { requests, spent, refusedMin, refusedMax, ranOutAfter: after, ranOutBefore: before } = fared;
  const ranOut =
    after && before ? `; it would have run out between ${minute(after)} and ${minute(before)}` : '';
  return `${callsOf(requests)}${spentIn({ limit, spent })}, ${rangeOf(refusedMin, refusedMax)} refused${ranOut}`;
};

const rangeOf = (min: bigint, max: bigint): string => (min === max ? `${min}` : `${min} to ${max}`);

const spentIn = ({ limit, spent }: Pick<typeV1.LimitReplay, 'limit' | 'spent'>): string => {
  if (spent === undefined) return '';
  const budget = limit?.kind?.$case === 'budget' ? limit.kind.value : undefined;
  return budget?.amount?.$case === 'nanoUsd' ? ` for ${formatUsd(spent)} USD` : ` of ${spent} tokens`;
};

const describeModels = (replay: typeV1.ModelsReplay): string => {
  const named = replay.models.map(({ model, requests }) => `${requests} of ${model}`).join(', ');
  return [
    `models: ${spanOf(replay)} ${callsOf(replay.requests)}; ${replay.refused} would have been refused${named && `: ${named}`}`,
    ...(replay.workspaces ? describeWorkspaces(replay.workspaces, undefined) : []),
  ].join('\n');
};

const callsOf = (requests: bigint): string => (requests === 1n ? '1 call' : `${requests} calls`);

const spanOf = ({ from, until }: Pick<typeV1.LimitReplay, 'from' | 'until'>): string =>
  `from ${from ? minute(from) : '?'} until ${until ? minute(until) : '?'}`;

const minute = (at: Date): string => `${at.toISOString().slice(0, 16)}Z`;
