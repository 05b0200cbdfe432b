import type { IncomingMessage, ServerOptions, ServerResponse } from 'node:http';
import { ApiError, sendError, sendJson } from './api-error';
import { MODELS } from './behaviour';
import type { Book } from './book';
import { sendBook, sendReceived } from './book.route';
import { handleChatCompletion } from './chat-completions.route';

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

const MODEL_LIST = JSON.stringify({
  object: 'list',
  data: [...MODELS.keys()].map((id) => ({
    id,
    object: 'model',
    created: 1_735_689_600,
    owned_by: 'gatehouse-simulator',
  })),
});

/** Any non-empty bearer token is welcome. */
const bearerTokenOf = (request: IncomingMessage): string => {
  const token = /^Bearer +(\S+)/i.exec(request.headers.authorization ?? '')?.[1];
  if (token !== undefined) return token;
  const message = "You didn't provide an API key. Provide it in an Authorization header using Bearer auth.";
  throw new ApiError(401, 'invalid_request_error', message);
};

const sendAnyError = (response: ServerResponse, error: unknown): void => {
  if (response.headersSent) {
    response.destroy();
  } else if (error instanceof ApiError) {
    sendError(response, error);
  } else {
    const message = error instanceof Error ? error.message : String(error);
    sendError(response, new ApiError(500, 'server_error', `The simulator failed: ${message}`));
  }
};

const readBody = (request: IncomingMessage, response: ServerResponse, use: (body: Buffer) => void): void => {
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
      sendAnyError(response, error);
    }
  });
};

const route = (book: Book, request: IncomingMessage, response: ServerResponse): void => {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2);
  switch (`${request.method} ${path}`) {
    case 'POST /v1/chat/completions':
      book.noteCredential(bearerTokenOf(request));
      return readBody(request, response, (body) => handleChatCompletion(book, request, body, response));
    case 'GET /v1/models':
      book.noteCredential(bearerTokenOf(request));
      return sendJson(response, 200, MODEL_LIST);
    case 'GET /book':
      return void sendBook(book, response).catch((error: unknown) => sendAnyError(response, error));
    case 'GET /received':
      return sendReceived(book, query, response);
    default: {
      const message = `Unknown request URL: ${request.method} ${path}.`;
      throw new ApiError(404, 'invalid_request_error', message, null, 'unknown_url');
    }
  }
};

/** Answers every request of the simulator's server. */
export const simulatorListener =
  (book: Book) =>
  (request: IncomingMessage, response: ServerResponse): void => {
    try {
      route(book, request, response);
    } catch (error) {
      sendAnyError(response, error);
    }
  };
