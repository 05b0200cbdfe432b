import type { IncomingHttpHeaders, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ApiError, sendJson } from '../core/api-error';
import { bearerTokenIn } from '../core/credential';
import type { Wire } from '../core/wire';
import { parseConverseRequest } from './converse-request';
import { ConverseWording } from './converse-wording';
import { signedBy } from './signed-request';

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'ValidationException',
  403: 'AccessDeniedException',
  404: 'ResourceNotFoundException',
  408: 'ModelTimeoutException',
  424: 'ModelErrorException',
  429: 'ThrottlingException',
  503: 'ServiceUnavailableException',
};

/** An error as AWS words it: its type is a header. */
export const sendAwsError = (
  response: ServerResponse,
  { status, type, message }: ApiError,
  headers: OutgoingHttpHeaders = {},
): void => {
  const named = type.endsWith('Exception') ? type : (ERROR_TYPES[status] ?? 'InternalServerException');
  sendJson(response, status, JSON.stringify({ message }), { ...headers, 'x-amzn-errortype': named });
};

/** The access key id of a signed request, or a Bedrock API key. */
export const awsCredential = (headers: IncomingHttpHeaders): string => {
  const credential = signedBy(headers)?.accessKeyId ?? bearerTokenIn(headers);
  if (credential !== undefined) return credential;
  throw new ApiError(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
};

/** `POST /model/{model}/converse` and `…/converse-stream`. */
export const converseWire = (model: string, stream: boolean): Wire => ({
  parse: (body) => parseConverseRequest(body, model, stream),
  modelOf: () => model,
  word: (_ask, generation) => new ConverseWording(generation),
  sendError: sendAwsError,
  headers: (requestId) => ({ 'x-amzn-requestid': requestId }),
  credentialHeader: (headers) => headers.authorization ?? '',
});
