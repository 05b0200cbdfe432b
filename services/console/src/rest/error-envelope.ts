import { HTTP_STATUS } from '@gatehouse/grpc';
import { AppError, type ErrorCode } from '@gatehouse/kernel';

/** What clients of this API find an error's kind by. */
const ERROR_CODES: Readonly<Record<ErrorCode, string>> = {
  INVALID: 'AB01',
  UNAUTHENTICATED: 'AB05',
  FORBIDDEN: 'AB03',
  NOT_FOUND: 'AB08',
  CONFLICT: 'AB07',
  REFUSED: 'AB07',
  EXHAUSTED: 'AB06',
  UNAVAILABLE: 'AB04',
};

/** For people. Portkey's Terraform provider looks for `not found`. */
const WORDS: Readonly<Record<ErrorCode, string>> = {
  INVALID: 'invalid request',
  UNAUTHENTICATED: 'the API key is missing or not valid',
  FORBIDDEN: 'not allowed',
  NOT_FOUND: 'not found',
  CONFLICT: 'conflict',
  REFUSED: 'refused',
  EXHAUSTED: 'too many requests',
  UNAVAILABLE: 'unavailable, try again',
};

export interface ErrorAnswer {
  readonly status: number;
  readonly body: { readonly success: false; readonly data: object };
}

/** A refusal, with the reason that is the same at every door of the product. */
export const refusalOf = ({ code, reason, metadata, violations }: AppError): ErrorAnswer => {
  const faults = violations.map(({ field, description }) => `; ${field}: ${description}`).join('');
  const data = {
    message: `${WORDS[code]} (${reason})${faults}`,
    errorCode: ERROR_CODES[code],
    reason,
    ...(Object.keys(metadata).length > 0 && { metadata }),
    ...(violations.length > 0 && { violations }),
  };
  return { status: HTTP_STATUS[code], body: { success: false, data } };
};

/** A URL that nothing is at. */
export const UNKNOWN_URL: ErrorAnswer = errorOf(404, 'not found', 'AB02', 'URL_UNKNOWN');
/** Our bug: the caller is told nothing. */
export const INTERNAL: ErrorAnswer = errorOf(500, 'internal error', 'AB04', 'INTERNAL');

/** What the HTTP server itself does not take: its size, its JSON. */
export const untaken = (status: number): ErrorAnswer =>
  errorOf(status, WORDS.INVALID, ERROR_CODES.INVALID, status === 413 ? 'BODY_TOO_LARGE' : 'BODY_UNREADABLE');

function errorOf(status: number, words: string, errorCode: string, reason: string): ErrorAnswer {
  return { status, body: { success: false, data: { message: `${words} (${reason})`, errorCode, reason } } };
}
