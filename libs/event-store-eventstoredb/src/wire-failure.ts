import {
  AccessDeniedError,
  MaxAppendSizeExceededError,
  StreamDeletedError,
  WrongExpectedVersionError,
} from '@eventstore/db-client';
import { MAX_APPEND_BYTES, revisionMismatch } from '@gatehouse/event-store';
import { AppError } from '@gatehouse/kernel';
import { status } from '@grpc/grpc-js';

/** What the server said for certain; undefined where the outcome is unknown and asking again may help. */
export const refusalOf = (error: unknown): AppError | undefined => {
  if (error instanceof AppError) return error;
  if (error instanceof WrongExpectedVersionError) {
    const { actualVersion } = error;
    return revisionMismatch(typeof actualVersion === 'bigint' ? actualVersion : undefined);
  }
  if (error instanceof MaxAppendSizeExceededError) {
    return new AppError('INVALID', 'APPEND_MALFORMED', {
      metadata: { fault: `over ${MAX_APPEND_BYTES} bytes` },
    });
  }
  if (error instanceof AccessDeniedError)
    return new AppError('FORBIDDEN', 'EVENT_STORE_DENIED', { cause: error });
  if (error instanceof StreamDeletedError) return new AppError('REFUSED', 'STREAM_DELETED', { cause: error });
  // A position that is none of this log's: the checkpoint is of another one.
  if (error instanceof Error && 'code' in error && error.code === status.INVALID_ARGUMENT)
    return new AppError('INVALID', 'EVENT_STORE_REFUSED', { cause: error });
  return undefined;
};

export const unavailable = (cause: unknown): AppError =>
  new AppError('UNAVAILABLE', 'EVENT_STORE_UNAVAILABLE', { cause });
