import { Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { MAX_APPEND_SIZE } from './server-log';

/** A gRPC error as the server's: the client tells them apart by the trailer `exception`. */
const wireError = (code: status, details: string, trailers: Record<string, string> = {}): ServiceError => {
  const metadata = new Metadata();
  for (const [name, value] of Object.entries(trailers)) metadata.set(name, value);
  return Object.assign(new Error(details), { code, details, metadata });
};

export const streamDeleted = (stream: string): ServiceError =>
  wireError(status.FAILED_PRECONDITION, `Event stream '${stream}' is deleted.`, {
    exception: 'stream-deleted',
    'stream-name': stream,
  });

export const wrongExpectedVersion = (
  stream: string,
  expected: string,
  actual: bigint | undefined,
): ServiceError =>
  wireError(
    status.FAILED_PRECONDITION,
    `Delete failed due to WrongExpectedVersion. Stream: ${stream}, Expected version: ${expected}, Actual version: ${actual ?? ''}`,
    {
      exception: 'wrong-expected-version',
      'stream-name': stream,
      'expected-version': expected,
      'actual-version': String(actual ?? ''),
    },
  );

export const maxAppendSizeExceeded = (): ServiceError =>
  wireError(status.INVALID_ARGUMENT, `Maximum Append Size of ${MAX_APPEND_SIZE} Exceeded.`, {
    exception: 'maximum-append-size-exceeded',
    'maximum-append-size': String(MAX_APPEND_SIZE),
  });

export const unknown = (message: string): ServiceError => wireError(status.UNKNOWN, message);

export const invalidPosition = (): ServiceError =>
  wireError(status.INVALID_ARGUMENT, 'Trying to read from an invalid position.');

export const unimplemented = (what: string): ServiceError =>
  wireError(status.UNIMPLEMENTED, `The test server has no ${what}.`);

export const accessDenied = (): ServiceError =>
  wireError(status.PERMISSION_DENIED, 'Access Denied', { exception: 'access-denied' });

export const unauthenticated = (): ServiceError => wireError(status.UNAUTHENTICATED, 'Unauthenticated');

/** The only answer to a repetition that came before the first was replicated. */
export const commitTimeout = (): ServiceError => wireError(status.ABORTED, 'Commit phase timeout');
