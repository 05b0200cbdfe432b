import { typeV1 } from '@gatehouse/proto-gen';

/** Who it was, for people: `api_key key_…`. */
export const describeActor = (actor: typeV1.Actor | undefined): string =>
  actor ? `${typeV1.ActorKind[actor.kind].toLowerCase()} ${actor.id}` : '';
