import { provisioningV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { actorAnswer } from '../actors/actor.schema';
import { wordsOf } from '../rest/words';

export const PROPOSAL_STATUSES = wordsOf(provisioningV1.ProposalStatus);

export const proposal = z.object({
  id: z.string(),
  command: z
    .string()
    .meta({ description: 'What is proposed: the name of an RPC, `ChangeProvisionLimits`, …' }),
  request: z.unknown().meta({ description: 'Its request as JSON of the protos, without secrets.' }),
  status: PROPOSAL_STATUSES.schema.nullable(),
  failure: z.string().nullable().meta({ description: 'Why the command was refused once it was approved.' }),
  proposed_by: actorAnswer.nullable(),
  reason: z.string().nullable(),
  proposed_at: z.string().nullable(),
  expires_at: z.string().nullable(),
  decided_by: actorAnswer.nullable(),
  object: z.literal('proposal'),
});

export const proposalPath = z.object({ proposal: z.string() });

export type ProposalAnswer = z.output<typeof proposal>;
