import { AppError } from '@gatehouse/kernel';

/**
 * The key provider gives no answer. Only the fault's own name is handed on: what providers say may quote what they were
 * asked.
 */
export const providerUnavailable = (error: unknown): AppError =>
  new AppError('UNAVAILABLE', 'KEY_PROVIDER_UNAVAILABLE', { cause: namedAfter(error) });

/** The key provider does not let us do this. */
export const providerRefused = (error: unknown): AppError =>
  new AppError('REFUSED', 'KEY_PROVIDER_REFUSED', { cause: namedAfter(error) });

export const keyDestroyed = (): AppError => new AppError('REFUSED', 'INTEGRATION_KEY_DESTROYED');
export const keyUnknown = (): AppError => new AppError('NOT_FOUND', 'INTEGRATION_KEY_UNKNOWN');

const namedAfter = (error: unknown): Error =>
  new Error(error instanceof Error ? error.name : 'the key provider failed');
