import type { Actor } from '@gatehouse/event-store';
import { typeV1 } from '@gatehouse/proto-gen';

const ACTOR_KINDS: Readonly<Record<Actor['kind'], typeV1.ActorKind>> = {
  apiKey: typeV1.ActorKind.API_KEY,
  service: typeV1.ActorKind.SERVICE,
  operator: typeV1.ActorKind.OPERATOR,
  invite: typeV1.ActorKind.INVITE,
};

/** Who recorded an event, as answers tell it. */
export const toProtoActor = ({ kind, id, address }: Actor): typeV1.Actor => ({
  kind: ACTOR_KINDS[kind],
  id,
  address,
});
