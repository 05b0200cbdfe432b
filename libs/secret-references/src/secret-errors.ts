import { AppError } from '@gatehouse/kernel';
import type { SecretManager } from '@gatehouse/kernel';

/** The operator does not let this organization name that secret, or nobody may. */
export const secretNotGranted = (manager: SecretManager): AppError =>
  new AppError('FORBIDDEN', 'SECRET_NOT_GRANTED', { metadata: { manager } });

/** The manager was asked and has no such secret for us. Asking again changes nothing. */
export const secretNotFound = (manager: SecretManager): AppError =>
  new AppError('REFUSED', 'SECRET_NOT_FOUND', { metadata: { manager } });

/** There is something, and it can be no credential: too long, not printable, or without the member that was named. */
export const secretUnusable = (manager: SecretManager): AppError =>
  new AppError('REFUSED', 'SECRET_UNUSABLE', { metadata: { manager } });

/** The manager does not answer, or not as it documents. The cause is left out: it may quote what was answered. */
export const secretManagerUnavailable = (manager: SecretManager): AppError =>
  new AppError('UNAVAILABLE', 'SECRET_MANAGER_UNAVAILABLE', { metadata: { manager } });
