import { AppError } from '@gatehouse/kernel';

/** SQLSTATE classes: connection exception, insufficient resources (disk full …), system error (I/O). */
const TRANSIENT_CLASSES = new Set(['08', '53', '58']);

/** Serialization failure, deadlock, lock not available, query cancelled, shutdown in its kinds, a read-only standby. */
const TRANSIENT_STATES = new Set([
  '40001',
  '40P01',
  '55P03',
  '57014',
  '57P01',
  '57P02',
  '57P03',
  '57P05',
  '25006',
]);

/** The connection itself is gone, and with it the session: also when it was silent for too long. */
const CONNECTION_STATES = new Set(['25P03', '57P01', '57P02', '57P03', '57P05']);

const NETWORK_CODES = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENOENT',
  'ENOTFOUND',
  'EPIPE',
  'ETIMEDOUT',
]);

/** The driver says these in words only. */
const DRIVER_MESSAGES =
  /Connection terminated|Client has encountered a connection error|Client was closed|timeout exceeded when trying to connect|timeout expired|Query read timeout/;

/** True for a failure of the connection: whether the statement took effect is unknown. */
export const isConnectionFault = (error: unknown): boolean => {
  if (error instanceof AppError) return false;
  const code = codeOf(error);
  if (code === undefined) return DRIVER_MESSAGES.test(messageOf(error));
  return code.startsWith('08') || CONNECTION_STATES.has(code) || NETWORK_CODES.has(code);
};

/**
 * True for what may be well a moment later with nothing changed: connection faults, serialization failures, deadlocks,
 * time-outs, a server that stops or has no room, AppError UNAVAILABLE.
 */
export const isTransient = (error: unknown): boolean => {
  if (error instanceof AppError) return error.code === 'UNAVAILABLE';
  if (isConnectionFault(error)) return true;
  const code = codeOf(error);
  return code !== undefined && (TRANSIENT_STATES.has(code) || TRANSIENT_CLASSES.has(code.slice(0, 2)));
};

const messageOf = (error: unknown): string => String((error as { message?: unknown } | undefined)?.message);

/** SQLSTATE or the system's code; undefined where there is none. */
export const codeOf = (error: unknown): string | undefined => {
  const code = (error as { code?: unknown } | undefined)?.code;
  return typeof code === 'string' ? code : undefined;
};
