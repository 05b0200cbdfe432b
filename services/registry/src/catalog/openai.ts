import type { Model } from '../domain/integration/model';
import type { Provider } from '../domain/integration/provider';
import { apiKey, secretField } from './form-fields';
import { openaiEndpoints } from './openai-compatible';
import { model } from './prices';

const gpt4o = { maxOutputTokens: 16_384n, contextWindow: 128_000n };
const gpt41 = { maxOutputTokens: 32_768n, contextWindow: 1_047_576n };
const gpt5 = { maxOutputTokens: 128_000n, contextWindow: 400_000n };
const reasoning = { maxOutputTokens: 100_000n, contextWindow: 200_000n };

/** Standard tier. Models whose price depends on the length of the prompt are left out. */
export const openaiModels: readonly Model[] = [
  model('gpt-4.1', { input: '2', cachedInput: '0.5', output: '8' }, gpt41),
  model('gpt-4.1-mini', { input: '0.4', cachedInput: '0.1', output: '1.6' }, gpt41),
  model('gpt-4.1-nano', { input: '0.1', cachedInput: '0.025', output: '0.4' }, gpt41),
  model('gpt-4o', { input: '2.5', cachedInput: '1.25', output: '10' }, gpt4o),
  model('gpt-4o-mini', { input: '0.15', cachedInput: '0.075', output: '0.6' }, gpt4o),
  model('gpt-5', { input: '1.25', cachedInput: '0.125', output: '10' }, gpt5),
  model('gpt-5-mini', { input: '0.25', cachedInput: '0.025', output: '2' }, gpt5),
  model('gpt-5-nano', { input: '0.05', cachedInput: '0.005', output: '0.4' }, gpt5),
  model('gpt-5.1', { input: '1.25', cachedInput: '0.125', output: '10' }, gpt5),
  model('gpt-5.2', { input: '1.75', cachedInput: '0.175', output: '14' }, gpt5),
  model('o3', { input: '2', cachedInput: '0.5', output: '8' }, reasoning),
  model('o4-mini', { input: '1.1', cachedInput: '0.275', output: '4.4' }, reasoning),
];

export const openai: Provider = {
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
  models: openaiModels,
};
