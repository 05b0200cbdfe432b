import { AppError, type ErrorCode } from '@gatehouse/kernel';
import { typeV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { eachOf } from '../rest/each-of';
import { ACTOR_KINDS, type ActorAnswer } from './actor.schema';

/** Names by ids; what has none is not in it. */
export type Names = ReadonlyMap<string, string>;

/** The names of the API keys among those who did something. */
export const keyNamesOf = (
  control: ControlPlane,
  actors: readonly (typeV1.Actor | undefined)[],
): Promise<Names> =>
  keyNamesById(
    control,
    actors.flatMap((actor) => (actor?.kind === typeV1.ActorKind.API_KEY ? [actor.id] : [])),
  );

export const keyNamesById = (control: ControlPlane, ids: readonly string[]): Promise<Names> =>
  namesOf(
    ids,
    async (apiKeyId) => (await control.apiKeys.getApiKey({ apiKeyId, atLeastPosition: '' })).apiKey?.name,
  );

export const integrationNamesOf = (control: ControlPlane, ids: readonly string[]): Promise<Names> =>
  namesOf(
    ids,
    async (integrationId) =>
      (await control.integrations.getIntegration({ integrationId, atLeastPosition: '' })).integration?.name,
  );

export const workspaceNamesOf = (control: ControlPlane, ids: readonly string[]): Promise<Names> =>
  namesOf(
    ids,
    async (workspaceId) =>
      (await control.workspaces.getWorkspace({ workspaceId, atLeastPosition: '' })).workspace?.name,
  );

/**
 * What is gone, or is not the caller's to read, has no name; nor has what is left to ask for once a service does not answer: nothing waits for
 * what is only called so.
 */
const namesOf = async (
  ids: readonly string[],
  read: (id: string) => Promise<string | undefined>,
): Promise<Names> => {
  const distinct = [...new Set(ids.filter((id) => id !== ''))];
  let isAway = false;
  const names = await eachOf(distinct, async (id) => {
    if (isAway) return undefined;
    try {
      return await read(id);
    } catch (error) {
      if (!(error instanceof AppError && UNNAMED.has(error.code))) throw error;
      isAway ||= error.code === 'UNAVAILABLE';
      return undefined;
    }
  });
  return new Map(distinct.flatMap((id, index) => (names[index] ? [[id, names[index]]] : [])));
};

const UNNAMED: ReadonlySet<ErrorCode> = new Set(['NOT_FOUND', 'FORBIDDEN', 'UNAVAILABLE']);

export const toRestActor = (actor: typeV1.Actor | undefined, names: Names): ActorAnswer | null =>
  actor === undefined
    ? null
    : { kind: ACTOR_KINDS.of(actor.kind), id: actor.id, name: names.get(actor.id) ?? null };
