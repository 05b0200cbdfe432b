import { apiKey } from './form-fields';
import { openaiEndpoints } from './openai-compatible';
import type { ProviderRow } from './provider-row';

export const anthropic: ProviderRow = {
  name: 'anthropic',
  displayName: 'Anthropic',
  baseUrl: 'https://api.anthropic.com/v1',
  customHost: 'refused',
  auth: 'x-api-key',
  dialects: ['anthropic'],
  endpoints: openaiEndpoints('messages'),
  form: [apiKey],
  deprecated: false,
};
