import { status } from '@grpc/grpc-js';
import type { ErrorCode } from '@gatehouse/kernel';

/** The one table from our codes to gRPC's. */
export const GRPC_STATUS: Readonly<Record<ErrorCode, status>> = {
  INVALID: status.INVALID_ARGUMENT,
  UNAUTHENTICATED: status.UNAUTHENTICATED,
  FORBIDDEN: status.PERMISSION_DENIED,
  NOT_FOUND: status.NOT_FOUND,
  CONFLICT: status.ABORTED,
  REFUSED: status.FAILED_PRECONDITION,
  EXHAUSTED: status.RESOURCE_EXHAUSTED,
  UNAVAILABLE: status.UNAVAILABLE,
};

/** Its twin for HTTP. What is refused in the state that things are in is a conflict with it. */
export const HTTP_STATUS: Readonly<Record<ErrorCode, number>> = {
  INVALID: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  REFUSED: 409,
  EXHAUSTED: 429,
  UNAVAILABLE: 503,
};

/** Back from the wire. A deadline or a cancelled call leaves the outcome unknown, as UNAVAILABLE does. */
export const errorCodeOf = (code: status): ErrorCode | undefined => {
  if (code === status.DEADLINE_EXCEEDED || code === status.CANCELLED) return 'UNAVAILABLE';
  return (Object.keys(GRPC_STATUS) as ErrorCode[]).find((key) => GRPC_STATUS[key] === code);
};
