import type { Provider } from '../domain/integration/provider';

/** vLLM, llama.cpp, Ollama, LM Studio and whatever else speaks OpenAI's dialect. Its models are the integration's own. */
export const selfHosted: Provider = {
  name: 'self-hosted',
  displayName: 'Self-hosted (OpenAI-compatible)',
  baseUrl: '',
  customHost: 'required',
  credentialFields: [{ name: 'api_key', optional: true }],
  dialect: 'openai',
  models: [],
};
