import type { Provider } from '../domain/integration/provider';
import { apiKey, HOST_LABEL, openField } from './form-fields';
import { openaiModels } from './openai';

/** Each resource has a host of its own. Global deployments cost what OpenAI asks. */
export const azureOpenai: Provider = {
  name: 'azure-openai',
  displayName: 'Azure OpenAI',
  baseUrl: 'https://{resource}.openai.azure.com/openai',
  customHost: 'optional',
  auth: 'api-key',
  dialects: ['azure-openai'],
  endpoints: [],
  form: [apiKey, openField('resource', 'Resource', HOST_LABEL, 'the first part of its endpoint')],
  deprecated: false,
  models: openaiModels,
};
