import { apiKey, secretField } from './form-fields';
import { openaiEndpoints } from './openai-compatible';
import type { ProviderRow } from './provider-row';

export const openai: ProviderRow = {
  name: 'openai',
  displayName: 'OpenAI',
  baseUrl: 'https://api.openai.com/v1',
  // Regional hosts such as eu.api.openai.com.
  customHost: 'optional',
  auth: 'bearer',
  dialects: ['openai'],
  endpoints: openaiEndpoints(
    'chat-completions',
    'completions',
    'embeddings',
    'images',
    'speech',
    'transcriptions',
    'responses',
  ),
  form: [
    apiKey,
    secretField('organization', 'Organization', 'where a key has several', false),
    secretField('project', 'Project', 'where a key has several', false),
  ],
  deprecated: false,
};
