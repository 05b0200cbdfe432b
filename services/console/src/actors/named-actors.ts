import { AppError } from '@gatehouse/kernel';
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

/** What is gone, or is not the caller's to read, has no name. */
const namesOf = async (
  ids: readonly string[],
  read: (id: string) => Promise<string | undefined>,
): Promise<Names> => {
  const distinct = [...new Set(ids.filter((id) => id !== ''))];
  const names = await eachOf(distinct, (id) => read(id).catch(unlessHidden));
  return new Map(distinct.flatMap((id, index) => (names[index] ? [[id, names[index]]] : [])));
};

const unlessHidden = (error: unknown): undefined => {
  if (error instanceof AppError && (error.code === 'NOT_FOUND' || error.code === 'FORBIDDEN'))
    return undefined;
  throw error;
};

export const toRestActor = (actor: typeV1.Actor | undefined, names: Names): ActorAnswer | null =>
  actor === undefined
    ? null
    : { kind: ACTOR_KINDS.of(actor.kind), id: actor.id, name: names.get(actor.id) ?? null };
