import type { Provider } from '../domain/integration/provider';
import { openaiModels } from './openai';

/** Each resource has a host of its own. Global deployments cost what OpenAI asks. */
export const azureOpenai: Provider = {
  name: 'azure-openai',
  displayName: 'Azure OpenAI',
  baseUrl: '',
  customHost: 'required',
  credentialFields: [{ name: 'api_key', optional: false }],
  dialect: 'azure-openai',
  models: openaiModels,
};
