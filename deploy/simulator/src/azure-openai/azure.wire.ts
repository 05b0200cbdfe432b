import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ApiError, sendJson } from '../core/api-error';
import type { Ask } from '../core/ask';
import { bearerTokenIn } from '../core/credential';
import { objectAt } from '../core/json';
import type { Wire } from '../core/wire';
import type { ChatRequest } from '../openai-chat/chat-request';
import type { ChatExtras } from '../openai-chat/chat-wording';
import { CHAT_WIRE, wordChat } from '../openai-chat/chat.wire';

/** The model behind every deployment: Azure's answers name it, not the deployment. */
export const MODEL = 'gpt-sim-2026-01-01';

const SAFE = '{"filtered":false,"severity":"safe"}';
const FILTERS = `{"hate":${SAFE},"self_harm":${SAFE},"sexual":${SAFE},"violence":${SAFE}}`;
const PROMPT_FILTERS = `"prompt_filter_results":[{"prompt_index":0,"content_filter_results":${FILTERS}}]`;

/** A stream begins with what the filter found in the prompt, in a chunk of no choices. */
const EXTRAS: ChatExtras = {
  prologue: () => `data: {"choices":[],"created":0,"id":"","model":"","object":"",${PROMPT_FILTERS}}\n\n`,
  body: `,${PROMPT_FILTERS}`,
  choice: `,"content_filter_results":${FILTERS}`,
};

/** An error in Azure's envelope. */
export const sendAzureError = (
  response: ServerResponse,
  error: ApiError,
  headers: OutgoingHttpHeaders = {},
): void => {
  const { status, message, param, type } = error;
  const code = error.code === 'model_not_found' ? 'DeploymentNotFound' : (error.code ?? String(status));
  sendJson(response, status, JSON.stringify({ error: { code, message, param, type } }), headers);
};

/** `api-key`, or a bearer token of Entra. */
export const azureCredential = (headers: IncomingHttpHeaders): string => {
  const key = headers['api-key']?.toString() || bearerTokenIn(headers);
  if (key) return key;
  const message =
    'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key ' +
    'for an active subscription and use a correct regional API endpoint for your resource.';
  throw new ApiError(401, 'invalid_request_error', message);
};

/** What Azure words otherwise than OpenAI, for a path that is answered like `wire`. */
const azure = <Asked extends Ask>(wire: Wire<Asked>): Wire<Asked> => ({
  ...wire,
  sendError: sendAzureError,
  headers: (requestId) => ({ 'apim-request-id': requestId, 'x-ms-region': 'Simulated' }),
  credentialHeader: (headers) => headers['api-key']?.toString() ?? headers.authorization ?? '',
});

/** `…/chat/completions` as Azure answers it. */
export const AZURE_CHAT_WIRE: Wire<ChatRequest> = azure({
  ...CHAT_WIRE,
  word: (chat, generation) => wordChat({ ...chat, model: MODEL }, generation, EXTRAS),
});

/** Another path of OpenAI's as Azure answers it. */
export const azureOf = <Asked extends Ask>(wire: Wire<Asked>): Wire<Asked> =>
  azure({ ...wire, word: (ask, generation) => wire.word({ ...ask, model: MODEL }, generation) });

/** The dated API: the deployment in the path stands for the model, whatever the body names. */
export const ofDeployment = <Asked extends Ask>(wire: Wire<Asked>, deployment: string): Wire<Asked> => ({
  ...wire,
  modelOf: () => deployment,
  parse: (body) => wire.parse({ ...objectAt(body, 'body'), model: deployment }),
});
