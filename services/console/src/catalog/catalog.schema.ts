import { registryV1, typeV1 } from '@gatehouse/proto-gen';
import { z } from 'zod';
import { prices } from '../prices/price.schema';
import { wordsOf } from '../rest/words';

export const CREDENTIAL_KINDS = wordsOf(typeV1.CredentialKind);
export const CUSTOM_HOST_RULES = wordsOf(registryV1.CustomHostRule);
export const DIALECTS = wordsOf(typeV1.Dialect);
export const ENDPOINT_KINDS = wordsOf(typeV1.EndpointKind);
export const MODEL_KINDS = wordsOf(typeV1.ModelKind);

export const formField = z.object({
  name: z.string(),
  label: z.string(),
  help: z.string().nullable(),
  secret: z.boolean(),
  required: z.boolean(),
  pattern: z.string().nullable().meta({ description: 'A regular expression that the whole value matches.' }),
});

export const catalogProvider = z.object({
  name: z.string(),
  display_name: z.string(),
  base_url: z.string().nullable().meta({ description: '`{field}` stands for a field of the form.' }),
  custom_host: CUSTOM_HOST_RULES.schema.nullable(),
  self_hosted: z.boolean().meta({ description: 'It is wherever its custom host says, and nowhere else.' }),
  dialects: z.array(DIALECTS.schema).meta({ description: 'The gateway speaks the first.' }),
  endpoints: z.array(ENDPOINT_KINDS.schema),
  callable: z.boolean().meta({ description: 'Whether the gateway can call it today.' }),
  deprecated: z.boolean(),
  explicit_models_advised: z
    .boolean()
    .meta({ description: 'An explicit list of models is advised, in place of all that it has.' }),
  takes_deployments: z.boolean(),
  model_count: z.int(),
  credential_kinds: z
    .array(
      z.object({
        kind: CREDENTIAL_KINDS.schema.nullable(),
        label: z.string(),
        form: z.array(formField),
      }),
    )
    .meta({ description: 'The first is meant where none is named.' }),
  object: z.literal('catalog-provider'),
});

export const catalogProviderPath = z.object({
  name: z.string().meta({ description: 'Of the provider in the catalog.' }),
});

export const catalogModel = z.object({
  name: z.string().meta({ description: 'As the provider calls it.' }),
  kind: MODEL_KINDS.schema.nullable(),
  prices: prices.nullable().meta({ description: 'null: unpriced, which is not free.' }),
  context_window: z.int().nullable().meta({ description: 'Tokens; null: unknown.' }),
  max_output_tokens: z.int().nullable(),
  capabilities: z.array(z.string()),
  withdrawn: z.boolean(),
  successor: z.string().nullable(),
  object: z.literal('catalog-model'),
});

export const slugAnswer = z.object({
  slug: z.string(),
  valid: z.boolean(),
  available: z
    .boolean()
    .meta({ description: 'No integration has it, as far as is known; the creation decides.' }),
  reason: z.string().nullable().meta({ description: 'What is wrong with one that is not valid.' }),
  object: z.literal('slug'),
});

export type CatalogProviderAnswer = z.output<typeof catalogProvider>;
export type CatalogModelAnswer = z.output<typeof catalogModel>;
