import type { IncomingHttpHeaders, IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ApiError, invalidRequest, sendJson } from '../core/api-error';
import { promptTokensOf } from '../core/ask';
import { behaviourOf } from '../core/behaviour';
import type { Book } from '../core/book';
import { bearerTokenIn } from '../core/credential';
import { failAsTold, failureAnswer, randomId } from '../core/generate';
import { modelNamedBy, parseJson } from '../core/json';
import type { Wire } from '../core/wire';
import { parseCountRequest, parseMessagesRequest } from './messages-request';
import { MessagesWording } from './messages-wording';

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  529: 'overloaded_error',
};

/** An error in Anthropic's envelope. */
export const sendAnthropicError = (
  response: ServerResponse,
  { status, message }: ApiError,
  headers: OutgoingHttpHeaders = {},
): void => {
  const type = ERROR_TYPES[status] ?? 'api_error';
  sendJson(response, status, JSON.stringify({ type: 'error', error: { type, message } }), headers);
};

const credentialHeader = (headers: IncomingHttpHeaders): string =>
  headers['x-api-key']?.toString() ?? headers.authorization ?? '';

/** `x-api-key`, or a bearer token; the version is asked for as well. */
export const anthropicCredential = (headers: IncomingHttpHeaders): string => {
  const key = headers['x-api-key']?.toString() || bearerTokenIn(headers);
  if (!key) throw new ApiError(401, 'authentication_error', 'x-api-key header is required');
  if (headers['anthropic-version'] === undefined)
    throw invalidRequest('anthropic-version: header is required', 'anthropic-version');
  return key;
};

/** `POST /v1/messages`. */
export const MESSAGES_WIRE: Wire = {
  parse: parseMessagesRequest,
  modelOf: modelNamedBy,
  word: (ask, generation) => new MessagesWording(randomId('msg_'), ask.model, generation),
  sendError: sendAnthropicError,
  headers: (requestId) => ({ 'request-id': requestId }),
  credentialHeader,
};

/** `POST /v1/messages/count_tokens`: costs nothing and has no row in the book. */
export const countTokens = (
  _book: Book,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void => {
  const { model, contentBytes } = parseCountRequest(parseJson(body));
  const behaviour = behaviourOf(model, request.headers);
  const failure = failureAnswer(behaviour, false, credentialHeader(request.headers));
  if (failure) return failAsTold(MESSAGES_WIRE, failure, behaviour, response);
  const counted = behaviour.promptTokens ?? promptTokensOf(contentBytes);
  sendJson(response, 200, JSON.stringify({ input_tokens: counted }));
};
