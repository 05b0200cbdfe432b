import { z } from 'zod';
import { providerAnswer, providerSettings } from '../providers/provider.schema';

/** A deployment of Azure has the model behind it, which these have no word for: `/v1/integrations` has. */
const azure = z.union([z.null(), z.literal(''), z.array(z.unknown()).length(0)]).optional();

export const virtualKeyCreation = z.object({
  name: z.string(),
  provider: z.string().meta({ description: "A provider's name in the catalog." }),
  key: z.string().optional().meta({ description: "The provider's key; write-only." }),
  workspace_id: z.string().meta({ description: 'Id or slug.' }),
  slug: z.string().nullish().meta({ description: 'Made from the name where it is absent.' }),
  ...providerSettings,
  expires_at: z.null().optional().meta({ description: 'Said by PUT, once it is there.' }),
  apiVersion: azure,
  resourceName: azure,
  deploymentName: azure,
  deploymentConfig: azure,
});

const named = { id: z.string(), slug: z.string() };

export const virtualKeyCreated = z.object({
  success: z.literal(true),
  data: z.object(named),
  ...named,
  object: z.literal('virtual-key'),
});

export const virtualKeyChange = z.object({
  name: z.string().optional(),
  key: z.string().optional().meta({ description: "The provider's key, of what was created here." }),
  workspace_id: z.string().nullish().meta({ description: 'As in the query.' }),
  reset_usage: z.boolean().nullish(),
  ...providerSettings,
  deploymentConfig: azure,
});

export const virtualKeyNamed = z.object({ ...named, object: z.literal('virtual-key') });

export const virtualKeyAnswer = z.object({
  ...providerAnswer.shape,
  model_config: z.null(),
  object: z.literal('virtual-key'),
});
