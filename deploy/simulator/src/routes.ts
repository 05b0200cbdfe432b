import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import {
  anthropicCredential,
  countTokens,
  MESSAGES_WIRE,
  sendAnthropicError,
} from './anthropic-messages/messages.wire';
import type { Ask } from './core/ask';
import type { Book } from './core/book';
import { handleGeneration } from './core/generate';
import type { Wire } from './core/wire';
import { CHAT_WIRE } from './openai-chat/chat.wire';
import { openAiCredential, sendModels } from './openai-chat/models.route';
import { sendOpenAiError } from './openai-chat/openai-error';

/** What answers a method and path. */
export interface Route {
  /** @throws ApiError when the request carries none. */
  credential(headers: IncomingHttpHeaders): string;
  /** `body` is empty unless the method is POST. May throw ApiError. */
  handle(book: Book, request: IncomingMessage, body: Buffer, response: ServerResponse): void;
  readonly sendError: Wire['sendError'];
}

export const generates =
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

const FIXED: ReadonlyMap<string, Route> = new Map([
  ['POST /v1/chat/completions', openAi(generates(CHAT_WIRE))],
  ['GET /v1/models', openAi(sendModels)],
  ['POST /v1/messages', anthropic(generates(MESSAGES_WIRE))],
  ['POST /v1/messages/count_tokens', anthropic(countTokens)],
]);

/** Undefined for what no provider answers. */
export const routeOf = (method: string, path: string, _query: URLSearchParams): Route | undefined =>
  FIXED.get(`${method} ${path}`);
