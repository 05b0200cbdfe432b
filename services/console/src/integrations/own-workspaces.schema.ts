import { provisioningV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { revisionRead } from '../configured-limits/configured-limits.schema';
import { reason } from '../drafts/draft.schema';
import { wholeLimitAnswer, wholeLimits } from '../limits/whole-limit.schema';
import { wordsOf } from '../rest/words';
import { modelNames } from './own-integration.schema';

export const BULK_STATUSES = wordsOf(provisioningV1.BulkStatus);

const amount = z.string().nullable().meta({ description: 'null: nothing was heard of the limit yet.' });

/** A workspace, and what it has of an integration. */
export const workspaceOfIntegration = z.object({
  workspace: z.object({ id: z.string(), slug: z.string(), name: z.string() }),
  provision_id: z.string().nullable().meta({ description: 'null: it has not been given it.' }),
  revision: z
    .string()
    .nullable()
    .meta({ description: 'To be given back by whoever changes it; null: it has not been given it.' }),
  enabled: z.boolean(),
  exhausted: z
    .boolean()
    .nullable()
    .meta({ description: 'Nothing is left of one of its own limits; null: metering could not be asked.' }),
  models: z.array(z.string()).nullable().meta({ description: 'null: all that the integration offers.' }),
  expires_at: z.string().nullable(),
  limits: z.array(
    z.object({
      ...wholeLimitAnswer.shape,
      ...{ spent: amount, held: amount, left: amount, doubt: amount },
      resets_at: z.string().nullable(),
      exhausted: z.boolean().nullable(),
    }),
  ),
  object: z.literal('workspace-of-integration'),
});

export const existing = z
  .enum(['keep', 'override'])
  .nullish()
  .meta({ description: 'What is done with workspaces that have it already.' });

export const workspacesOfIntegrationChange = z.object({
  workspaces: z
    .array(
      z.object({
        workspace_id: z.string().meta({ description: 'Id or slug.' }),
        enabled: z.boolean().optional().meta({ description: 'absent: as it is.' }),
        limits: wholeLimits.optional().meta({ description: 'All of them; absent: as they are.' }),
        models: z.array(z.string()).nullish().meta({ description: 'null: all; absent: as they are.' }),
        revision: revisionRead,
      }),
    )
    .max(200)
    .default([]),
  all: z
    .object({ limits: wholeLimits.default([]), models: modelNames, existing })
    .nullish()
    .meta({ description: 'Every workspace that there is gets it, in the background.' }),
  reason,
});

export const workspacesOfIntegrationChanged = z.object({
  bulk_id: z
    .string()
    .nullable()
    .meta({ description: 'By which `GET bulks/{bulk}` tells how far it is with all.' }),
});

export const autoProvisionChange = z.object({
  enabled: z.boolean(),
  limits: wholeLimits.default([]),
  models: modelNames,
  existing: existing.meta({ description: 'Also for workspaces that are there; absent: for new ones only.' }),
  revision: revisionRead,
  reason,
});

export const bulkAnswer = z.object({
  id: z.string(),
  integration_id: z.string(),
  status: BULK_STATUSES.schema.nullable(),
  workspaces: z.int(),
  made: z.int(),
  changed: z.int(),
  unchanged: z.int(),
  refused: z.int(),
  refusals: z
    .array(z.object({ workspace_id: z.string(), reason: z.string() }))
    .meta({ description: 'The first 200.' }),
  requested_at: z.string().nullable(),
  object: z.literal('bulk'),
});

export type WorkspaceOfIntegration = z.output<typeof workspaceOfIntegration>;
export type WorkspacesOfIntegrationChange = z.output<typeof workspacesOfIntegrationChange>;
export type BulkAnswer = z.output<typeof bulkAnswer>;
