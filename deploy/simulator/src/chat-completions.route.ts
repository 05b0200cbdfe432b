import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ApiError, sendError } from './api-error';
import { behaviourOf } from './behaviour';
import type { Behaviour } from './behaviour';
import type { Book } from './book';
import { ChatFrames } from './chat-frames';
import { modelNamedBy, parseChatRequest, parseJson } from './chat-request';
import type { ChatRequest } from './chat-request';
import { planGeneration } from './generation';
import { PlainAnswer } from './plain-answer';
import { StreamedAnswer } from './streamed-answer';

const randomId = (prefix: string): string => prefix + randomUUID().replaceAll('-', '');

/** The answer of a request that is to fail before generation; undefined when it is not. */
const failureAnswer = (behaviour: Behaviour, authorization: string): ApiError | undefined => {
  const { failure, status } = behaviour;
  switch (failure) {
    case '429':
      return new ApiError(status ?? 429, 'requests', 'Rate limit reached.', null, 'rate_limit_exceeded');
    case '500':
      return new ApiError(
        status ?? 500,
        'server_error',
        'The server had an error while processing your request.',
      );
    case 'echo-credential': {
      const message = `Incorrect API key provided: ${authorization}.`;
      return new ApiError(status ?? 400, 'invalid_request_error', message, null, 'invalid_api_key');
    }
    case 'cut':
    case 'no-usage':
    case 'slow-first-byte':
    case undefined:
      return undefined;
  }
};

const fail = (error: ApiError, behaviour: Behaviour, response: ServerResponse): void => {
  const headers: OutgoingHttpHeaders =
    error.status === 429 ? { 'retry-after': String(behaviour.retryAfterSeconds) } : {};
  if (behaviour.firstTokenMs === 0) return sendError(response, error, headers);
  const timer = setTimeout(() => sendError(response, error, headers), behaviour.firstTokenMs);
  response.on('close', () => clearTimeout(timer));
};

const generate = (
  book: Book,
  chat: ChatRequest,
  behaviour: Behaviour,
  requestId: string,
  response: ServerResponse,
): void => {
  const generation = planGeneration(chat, behaviour);
  const head = { id: randomId('chatcmpl-'), created: Math.floor(Date.now() / 1000), model: chat.model };
  if (chat.stream) {
    const frames = new ChatFrames(head, generation, chat.includeUsage);
    new StreamedAnswer(book, frames, generation, response, requestId, chat.model);
  } else {
    new PlainAnswer(book, head, generation, response, requestId);
  }
};

/**
 * `POST /v1/chat/completions`, its body read. Every call leaves a row in the book, under the caller's
 * `x-request-id` if it sent one: also one that is refused or fails, with nothing billed.
 */
export const handleChatCompletion = (
  book: Book,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void => {
  const requestId = request.headers['x-request-id']?.toString() || randomId('req_');
  response.setHeader('x-request-id', requestId);
  let parsed: unknown;
  try {
    parsed = parseJson(body);
    const chat = parseChatRequest(parsed);
    const behaviour = behaviourOf(chat.model, request.headers);
    const failure = failureAnswer(behaviour, request.headers.authorization ?? '');
    if (!failure) return generate(book, chat, behaviour, requestId, response);
    book.refuse(requestId, chat.model);
    fail(failure, behaviour, response);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    book.refuse(requestId, modelNamedBy(parsed));
    sendError(response, error);
  }
};
