import { z } from 'zod';
import { ownIntegrationPath } from '../integrations/own-integration.schema';
import { listOf, route } from '../rest/route';
import {
  hitProvision,
  INTEGRATION_CHANGES,
  modelsPreview,
  modelsPreviewed,
  preview,
  previewed,
} from './preview.schema';

export const previewChange = route({
  method: 'POST',
  url: '/v1/gatehouse/previews',
  summary: 'What a change would record, whether it wants approval, and how the last period would have fared',
  asks: true,
  body: previewed,
  answer: preview,
});

export const previewIntegrationChange = route({
  method: 'GET',
  url: '/v1/gatehouse/integrations/{integration}/preview',
  summary: 'Which workspaces and keys a change of an integration would hit',
  path: ownIntegrationPath,
  query: z.object({
    change: INTEGRATION_CHANGES.schema,
    page_size: z.coerce.number().int().min(1).max(200).default(50),
    page_token: z.string().default('').meta({ description: 'The `next_page_token` of the page before.' }),
  }),
  answer: z.object({
    ...listOf(hitProvision).shape,
    next_page_token: z.string().nullable(),
    needs_approval: z.boolean(),
  }),
});

export const previewIntegrationModels = route({
  method: 'POST',
  url: '/v1/gatehouse/integrations/{integration}/models/preview',
  summary:
    'How the last 30 days would have fared had it offered these models only, or all but these; whose calls they were',
  asks: true,
  path: ownIntegrationPath,
  body: modelsPreviewed,
  answer: modelsPreview,
});

export const PREVIEW_ROUTES = [previewChange, previewIntegrationChange, previewIntegrationModels];
