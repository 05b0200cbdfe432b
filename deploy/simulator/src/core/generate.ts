import { randomUUID } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ApiError } from './api-error';
import type { Ask } from './ask';
import { behaviourOf } from './behaviour';
import type { Behaviour } from './behaviour';
import type { Book } from './book';
import { planGeneration } from './generation';
import { parseJson } from './json';
import { PlainAnswer } from './plain-answer';
import { StreamedAnswer } from './streamed-answer';
import type { Wire } from './wire';

export const randomId = (prefix: string): string => prefix + randomUUID().replaceAll('-', '');

const serverError = (status = 500): ApiError =>
  new ApiError(status, 'server_error', 'The server had an error while processing your request.');

/** The answer of a request that is to fail before generation; undefined when it is not. */
export const failureAnswer = (
  { failure, status }: Behaviour,
  stream: boolean,
  credential: string,
): ApiError | undefined => {
  switch (failure) {
    case '429':
      return new ApiError(status ?? 429, 'requests', 'Rate limit reached.', null, 'rate_limit_exceeded');
    case '500':
      return serverError(status);
    case 'stream-error':
      return stream ? undefined : serverError(status);
    case 'echo-credential': {
      const message = `Incorrect API key provided: ${credential}.`;
      return new ApiError(status ?? 400, 'invalid_request_error', message, null, 'invalid_api_key');
    }
    case 'cut':
    case 'no-usage':
    case 'filter':
    case 'slow-first-byte':
    case undefined:
      return undefined;
  }
};

/** Sends an error when the behaviour says it is due. */
export const failAsTold = (
  wire: Pick<Wire, 'sendError'>,
  error: ApiError,
  behaviour: Behaviour,
  response: ServerResponse,
): void => {
  const headers: OutgoingHttpHeaders =
    error.status === 429 ? { 'retry-after': String(behaviour.retryAfterSeconds) } : {};
  if (behaviour.firstTokenMs === 0) return wire.sendError(response, error, headers);
  const timer = setTimeout(() => wire.sendError(response, error, headers), behaviour.firstTokenMs);
  response.on('close', () => clearTimeout(timer));
};

/** The id under which a request is in the book: the caller's `x-request-id` if it sent one. */
export const requestIdOf = (request: IncomingMessage): string =>
  request.headers['x-request-id']?.toString() || randomId('req_');

/**
 * Answers a request for generated text, its body read. Every call leaves a row in the book, also one that is
 * refused or fails, with nothing billed.
 */
export const handleGeneration = <Asked extends Ask>(
  book: Book,
  wire: Wire<Asked>,
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): void => {
  const requestId = requestIdOf(request);
  for (const [name, value] of Object.entries({ 'x-request-id': requestId, ...wire.headers(requestId) })) {
    if (value !== undefined) response.setHeader(name, value);
  }
  let parsed: unknown;
  try {
    parsed = parseJson(body);
    const ask = wire.parse(parsed);
    const behaviour = behaviourOf(ask.model, request.headers);
    const failure = failureAnswer(behaviour, ask.stream, wire.credentialHeader(request.headers));
    if (failure) {
      book.refuse(requestId, ask.model);
      return failAsTold(wire, failure, behaviour, response);
    }
    const generation = planGeneration(ask, behaviour);
    const wording = wire.word(ask, generation);
    const Answer = ask.stream ? StreamedAnswer : PlainAnswer;
    new Answer(book, wording, generation, response, requestId, ask.model);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    book.refuse(requestId, wire.modelOf(parsed));
    wire.sendError(response, error);
  }
};
