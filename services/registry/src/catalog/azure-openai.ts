import { azureEntra } from './credential-kinds';
import { apiKey, HOST_LABEL, openField } from './form-fields';
import type { ProviderRow } from './provider-row';

/** Each resource has a host of its own. */
export const azureOpenai: ProviderRow = {
  name: 'azure-openai',
  displayName: 'Azure OpenAI',
  baseUrl: 'https://{resource}.openai.azure.com/openai',
  customHost: 'optional',
  auth: 'api-key',
  dialects: ['azure-openai'],
  endpoints: [],
  form: [apiKey, openField('resource', 'Resource', HOST_LABEL, 'the first part of its endpoint')],
  deprecated: false,
  otherKinds: azureEntra,
};
