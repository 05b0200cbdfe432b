import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';

/** An error answer; type, param and code are OpenAI's, the other dialects go by the HTTP status. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
    readonly param: string | null = null,
    readonly code: string | null = null,
  ) {
    super(message);
  }
}

/** The request itself is at fault. */
export const invalidRequest = (message: string, param: string | null, code: string | null = null): ApiError =>
  new ApiError(400, 'invalid_request_error', message, param, code);

export const sendJson = (
  response: ServerResponse,
  status: number,
  body: string,
  headers: OutgoingHttpHeaders = {},
): void => {
  response.writeHead(status, {
    ...headers,
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
  });
  response.end(body);
};
