import type { Provider } from '../domain/integration/provider';
import { apiKey } from './form-fields';
import { openaiEndpoints } from './openai-compatible';
import { model } from './prices';

const claude = { maxOutputTokens: 64_000n, contextWindow: 200_000n };

/** Cache writes at the price of the five-minute cache. */
export const anthropic: Provider = {
  name: 'anthropic',
  displayName: 'Anthropic',
  baseUrl: 'https://api.anthropic.com/v1',
  customHost: 'refused',
  auth: 'x-api-key',
  dialects: ['anthropic'],
  endpoints: openaiEndpoints('messages'),
  form: [apiKey],
  deprecated: false,
  models: [
    model('claude-haiku-4-5', { input: '1', cachedInput: '0.1', cacheWrite: '1.25', output: '5' }, claude),
    model('claude-opus-4-5', { input: '5', cachedInput: '0.5', cacheWrite: '6.25', output: '25' }, claude),
    model('claude-sonnet-4-5', { input: '3', cachedInput: '0.3', cacheWrite: '3.75', output: '15' }, claude),
  ],
};
