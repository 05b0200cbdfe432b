import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { sendJson } from '../core/api-error';
import type { ApiError } from '../core/api-error';

/** An error in OpenAI's envelope. */
export const sendOpenAiError = (
  response: ServerResponse,
  error: ApiError,
  headers: OutgoingHttpHeaders = {},
): void => {
  const { message, type, param, code } = error;
  sendJson(response, error.status, JSON.stringify({ error: { message, type, param, code } }), headers);
};
