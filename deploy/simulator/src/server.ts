import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import { ApiError, invalidRequest } from './core/api-error';
import type { Book } from './core/book';
import { sendBook, sendReceived } from './core/book.route';
import { sendOpenAiError } from './openai-chat/openai-error';
import { routeOf } from './routes';
import type { Route } from './routes';

const BODY_BYTES_MAX = 64 * 1024 * 1024;

/**
 * An idle connection outlives the pool of any gateway, so that none is closed just as it is used again, and
 * one that was opened ahead of its first request is left alone.
 */
export const SERVER_OPTIONS: ServerOptions = {
  keepAliveTimeout: 3_600_000,
  headersTimeout: 0,
  requestTimeout: 0,
  noDelay: true,
};

type SendError = Route['sendError'];

const sendAnyError = (response: ServerResponse, error: unknown, sendError: SendError): void => {
  if (response.headersSent) {
    response.destroy();
  } else if (error instanceof ApiError) {
    sendError(response, error);
  } else {
    const message = error instanceof Error ? error.message : String(error);
    sendError(response, new ApiError(500, 'server_error', `The simulator failed: ${message}`));
  }
};

const readBody = (
  request: IncomingMessage,
  use: (body: Buffer) => void,
  refuse: (error: unknown) => void,
): void => {
  const chunks: Buffer[] = [];
  let length = 0;
  request.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length <= BODY_BYTES_MAX) chunks.push(chunk);
    else chunks.length = 0;
  });
  request.on('end', () => {
    try {
      if (length > BODY_BYTES_MAX)
        throw new ApiError(413, 'invalid_request_error', 'Request body too large.');
      use(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks));
    } catch (error) {
      refuse(error);
    }
  });
};

const take = (book: Book, route: Route, request: IncomingMessage, response: ServerResponse): void => {
  const refuse = (error: unknown): void => sendAnyError(response, error, route.sendError);
  try {
    book.noteCredential(route.credential(request.headers));
    if (request.method !== 'POST') return route.handle(book, request, Buffer.alloc(0), response);
    readBody(request, (body) => route.handle(book, request, body, response), refuse);
  } catch (error) {
    refuse(error);
  }
};

/** What tests may ask; no credential is needed. */
const tell = (book: Book, path: string, query: string, response: ServerResponse): void => {
  const fail = (error: unknown): void => sendAnyError(response, error, sendOpenAiError);
  try {
    if (path === 'GET /book') return void sendBook(book, response).catch(fail);
    if (path === 'GET /received') return sendReceived(book, query, response);
    const message = `Unknown request URL: ${path}.`;
    throw new ApiError(404, 'invalid_request_error', message, null, 'unknown_url');
  } catch (error) {
    fail(error);
  }
};

/** Answers every request of the simulator's server. */
export const simulatorListener =
  (book: Book) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    const [path = '', query = ''] = (request.url ?? '').split('?', 2);
    try {
      const route = routeOf(request.method ?? '', path, new URLSearchParams(query));
      if (route) take(book, route, request, response);
      else tell(book, `${request.method} ${path}`, query, response);
    } catch {
      // Only an escape in the path can be at fault: what a route throws is answered in its own words.
      sendAnyError(response, invalidRequest(`Malformed path: ${path}.`, null), sendOpenAiError);
    }
  };
