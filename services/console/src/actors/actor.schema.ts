import { typeV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { wordsOf } from '../rest/words';

export const ACTOR_KINDS = wordsOf(typeV1.ActorKind);

/** Who did it. */
export const actorAnswer = z.object({
  kind: ACTOR_KINDS.schema.nullable(),
  id: z.string().meta({ description: "An API key's, an invite's, a service's name, or `operator`." }),
  name: z
    .string()
    .nullable()
    .meta({ description: 'Of the key; null: it has none, or the caller may not read it.' }),
});

export type ActorAnswer = z.output<typeof actorAnswer>;
