import { z } from 'zod';
import { MODEL_KINDS } from '../catalog/catalog.schema';
import { reason } from '../drafts/draft.schema';
import { rates } from '../prices/price.schema';

const model = z.string().meta({ description: 'The name that it is called by.' });

export const customModelDefinition = z.object({
  name: model,
  base_model: z
    .string()
    .default('')
    .meta({ description: "The catalog's model whose facts and prices it has where its own are absent." }),
  fine_tuned: z.boolean().default(false).meta({
    description: 'It is the base model, trained further: without prices of its own it is unpriced.',
  }),
  kind: MODEL_KINDS.schema.nullish(),
  context_window: z.int().min(1).nullish().meta({ description: 'Tokens. Absent: that of the base model.' }),
  max_output_tokens: z
    .int()
    .min(1)
    .nullish()
    .meta({ description: 'Tokens. Absent: that of the base model.' }),
  rates: rates.nullish(),
  reason,
});

export const priceOverride = z.object({
  model,
  rates: rates.meta({
    description: 'At least one; what is absent costs as what it is part of, or is unknown.',
  }),
  reason,
});

/** Of what is taken away. */
export const namedModel = z.object({ model, reason });

export type CustomModelDefinition = z.output<typeof customModelDefinition>;
