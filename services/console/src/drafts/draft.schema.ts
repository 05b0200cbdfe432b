import { typeV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { CREDENTIAL_KINDS, DIALECTS } from '../catalog/catalog.schema';
import { wordsOf } from '../rest/words';

export const CONNECTION_OUTCOMES = wordsOf(typeV1.ConnectionOutcome);

const texts = z.record(z.string(), z.string());

export const secretUse = z.object({
  reference: z.string().meta({ description: 'Slug of a secret reference.' }),
  member: z.string().default(''),
});

/** A credential as it is given: write-only. */
export const givenCredential = {
  credential: texts
    .default({})
    .meta({ description: "The secret fields of the provider's form; write-only." }),
  headers: texts.default({}).meta({ description: 'Sent with each call to a local server; write-only.' }),
  references: z.record(z.string(), secretUse).default({}),
};

/** How an integration is connected, by a draft or at once. */
export const settings = {
  provider: z.string().default(''),
  credential_kind: CREDENTIAL_KINDS.schema.nullish(),
  ...givenCredential,
  fields: texts.default({}),
  custom_host: z.string().default(''),
  local: z.boolean().default(false).meta({ description: 'Privately hosted, whatever the provider.' }),
  api: DIALECTS.schema
    .nullish()
    .meta({ description: 'What a local server speaks, where not as its provider.' }),
  model_hosts: texts.default({}),
};

export const reason = z.string().default('').meta({ description: 'Why, for the history.' });

export const draftCreation = z.object({ ...settings, reason });

export const draftAnswer = z.object({
  id: z.string(),
  provider: z.string(),
  credential_kind: CREDENTIAL_KINDS.schema.nullable(),
  credential_fingerprint: z.string(),
  base_url: z.string().nullable(),
  custom_host: z.string().nullable(),
  fields: texts,
  local: z.boolean(),
  api: DIALECTS.schema.nullable(),
  model_hosts: texts,
  header_names: z.array(z.string()),
  external_id: z.string().nullable().meta({ description: 'What the role at AWS has to ask for.' }),
  created_at: z.string().nullable(),
  expires_at: z.string().nullable().meta({ description: 'Then its credential is destroyed.' }),
  object: z.literal('draft'),
});

export const draftPath = z.object({ draft: z.string().meta({ description: 'Its id.' }) });

export const connectionTest = z.object({
  outcome: CONNECTION_OUTCOMES.schema.nullable(),
  explanation: z.string(),
  http_status: z.int().nullable().meta({ description: 'null: nobody answered.' }),
  detail: z.string().nullable(),
  duration_ms: z.int(),
  object: z.literal('connection-test'),
});

export const liveModels = z.object({
  ...connectionTest.shape,
  models: z.array(z.string()).nullable().meta({ description: 'null: the provider could not be asked.' }),
  object: z.literal('live-models'),
});

export type Settings = z.output<typeof draftCreation>;
export type DraftAnswer = z.output<typeof draftAnswer>;
export type ConnectionTestAnswer = z.output<typeof connectionTest>;
export type LiveModelsAnswer = z.output<typeof liveModels>;
