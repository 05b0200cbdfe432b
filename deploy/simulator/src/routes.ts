import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import {
  anthropicCredential,
  countTokens,
  MESSAGES_WIRE,
  sendAnthropicError,
} from './anthropic-messages/messages.wire';
import {
  AZURE_CHAT_WIRE,
  azureCredential,
  azureOf,
  ofDeployment,
  sendAzureError,
} from './azure-openai/azure.wire';
import { awsCredential, converseWire, sendAwsError } from './bedrock-converse/converse.wire';
import { checkSignature } from './bedrock-converse/signed-request';
import { ApiError } from './core/api-error';
import type { Ask } from './core/ask';
import type { Book } from './core/book';
import { handleGeneration } from './core/generate';
import type { Wire } from './core/wire';
import { CHAT_WIRE } from './openai-chat/chat.wire';
import { openAiCredential, sendModels } from './openai-chat/models.route';
import { sendOpenAiError } from './openai-chat/openai-error';
import { COMPLETIONS_WIRE } from './openai-completions/completions.wire';
import { EMBEDDINGS_WIRE } from './openai-embeddings/embeddings.wire';

/** What answers a method and path. */
export interface Route {
  /** @throws ApiError when the request carries none. */
  credential(headers: IncomingHttpHeaders): string;
  /** `body` is empty unless the method is POST. May throw ApiError. */
  handle(book: Book, request: IncomingMessage, body: Buffer, response: ServerResponse): void;
  readonly sendError: Wire['sendError'];
}

const generates =
  <Asked extends Ask>(wire: Wire<Asked>): Route['handle'] =>
  (book, request, body, response) =>
    handleGeneration(book, wire, request, body, response);

const openAi = (handle: Route['handle']): Route => ({
  credential: openAiCredential,
  handle,
  sendError: sendOpenAiError,
});

const anthropic = (handle: Route['handle']): Route => ({
  credential: anthropicCredential,
  handle,
  sendError: sendAnthropicError,
});

const azure = (handle: Route['handle']): Route => ({
  credential: azureCredential,
  handle,
  sendError: sendAzureError,
});

const AZURE_COMPLETIONS = azureOf(COMPLETIONS_WIRE);
const AZURE_EMBEDDINGS = azureOf(EMBEDDINGS_WIRE);

const FIXED: ReadonlyMap<string, Route> = new Map([
  ['POST /v1/chat/completions', openAi(generates(CHAT_WIRE))],
  ['POST /v1/completions', openAi(generates(COMPLETIONS_WIRE))],
  ['POST /v1/embeddings', openAi(generates(EMBEDDINGS_WIRE))],
  ['GET /v1/models', openAi(sendModels)],
  ['POST /v1/messages', anthropic(generates(MESSAGES_WIRE))],
  ['POST /v1/messages/count_tokens', anthropic(countTokens)],
  ['POST /openai/v1/chat/completions', azure(generates(AZURE_CHAT_WIRE))],
  ['POST /openai/v1/completions', azure(generates(AZURE_COMPLETIONS))],
  ['POST /openai/v1/embeddings', azure(generates(AZURE_EMBEDDINGS))],
  ['GET /openai/v1/models', azure(sendModels)],
]);

const DEPLOYMENT = /^POST \/openai\/deployments\/([^/]+)\/(chat\/completions|completions|embeddings)$/;
const MODEL = /^POST \/model\/([^/]+)\/converse(-stream)?$/;

const deploymentHandler = (deployment: string, path: string): Route['handle'] => {
  if (path === 'embeddings') return generates(ofDeployment(AZURE_EMBEDDINGS, deployment));
  if (path === 'completions') return generates(ofDeployment(AZURE_COMPLETIONS, deployment));
  return generates(ofDeployment(AZURE_CHAT_WIRE, deployment));
};

/** Without the version of the API, Azure knows no such path. */
const unversioned: Route['handle'] = () => {
  throw new ApiError(404, 'invalid_request_error', 'Resource not found');
};

const converse = (model: string, stream: boolean): Route => ({
  credential: awsCredential,
  handle: (book, request, body, response) => {
    checkSignature(request, body);
    handleGeneration(book, converseWire(model, stream), request, body, response);
  },
  sendError: sendAwsError,
});

/** Undefined for what no provider answers. */
export const routeOf = (method: string, path: string, query: URLSearchParams): Route | undefined => {
  const asked = `${method} ${path}`;
  const [, deployment, rest = ''] = DEPLOYMENT.exec(asked) ?? [];
  if (deployment !== undefined) {
    const named = deploymentHandler(decodeURIComponent(deployment), rest);
    return azure(query.get('api-version') ? named : unversioned);
  }
  const [, model, streamed] = MODEL.exec(asked) ?? [];
  if (model !== undefined) return converse(decodeURIComponent(model), streamed !== undefined);
  return FIXED.get(asked);
};
