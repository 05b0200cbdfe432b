import { z } from 'zod';
import { actorAnswer } from '../actors/actor.schema';

export const historyChange = z.object({
  id: z.string(),
  position: z.string(),
  at: z.string().nullable(),
  type: z.string().meta({ description: "The event's: `CredentialRotated`, …" }),
  stream: z.string(),
  workspace_id: z.string().nullable().meta({ description: 'What it is of, as the next two; null: of none.' }),
  integration_id: z.string().nullable(),
  api_key_id: z.string().nullable(),
  actor: actorAnswer.nullable(),
  reason: z.string().nullable(),
  request_id: z.string(),
  changes: z.array(z.object({ field: z.string(), before: z.unknown(), after: z.unknown() })).meta({
    description:
      'The fields of its data, and those that are empty from then on, whose after is null; before is null where nothing had been said, and [], {} or false where that is what had been.',
  }),
  before_unknown: z.boolean().meta({ description: 'A null before may have been said too long ago.' }),
  object: z.literal('change'),
});

export type HistoryChangeAnswer = z.output<typeof historyChange>;
