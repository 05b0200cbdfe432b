import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { ApiError, sendJson } from '../core/api-error';
import { MODELS } from '../core/behaviour';
import type { Book } from '../core/book';
import { bearerTokenIn } from '../core/credential';

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
export const openAiCredential = (headers: IncomingHttpHeaders): string => {
  const token = bearerTokenIn(headers);
  if (token !== undefined) return token;
  const message = "You didn't provide an API key. Provide it in an Authorization header using Bearer auth.";
  throw new ApiError(401, 'invalid_request_error', message);
};

/** `GET /v1/models`. */
export const sendModels = (
  _book: Book,
  _request: IncomingMessage,
  _body: Buffer,
  response: ServerResponse,
): void => sendJson(response, 200, MODEL_LIST);
