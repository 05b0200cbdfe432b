import { AppError } from '@gatehouse/kernel';

/** Where tokens come from, as errors name it. */
export type TokenIssuer =
  'entra' | 'azure-instance-metadata' | 'google' | 'aws-sts' | 'aws-instance-metadata';

/**
 * The issuer knows the credential and does not take it: asking again changes nothing.
 *
 * @param issuerCode the issuer's own word for it, from a closed list, never a text of its answer.
 */
export const credentialRejected = (issuer: TokenIssuer, issuerCode?: string): AppError =>
  new AppError('REFUSED', 'PROVIDER_CREDENTIAL_REJECTED', {
    metadata: { issuer, ...(issuerCode === undefined ? {} : { issuerCode }) },
  });

/** The issuer did not answer, or said that it cannot now: later it may. The cause is left out, it may quote what was sent. */
export const issuerUnavailable = (issuer: TokenIssuer, issuerCode?: string): AppError =>
  new AppError('UNAVAILABLE', 'TOKEN_ISSUER_UNAVAILABLE', {
    metadata: { issuer, ...(issuerCode === undefined ? {} : { issuerCode }) },
  });

/** The issuer's answer is not what it documents: a redirect, no token, or one that no header may hold. */
export const answerUnusable = (issuer: TokenIssuer): AppError =>
  new AppError('UNAVAILABLE', 'TOKEN_ISSUER_ANSWER_UNUSABLE', { metadata: { issuer } });

/** A field of a credential that cannot be right, whoever is asked. Only its name is told. */
export const credentialMalformed = (field: string): AppError =>
  new AppError('INVALID', 'PROVIDER_CREDENTIAL_MALFORMED', { metadata: { field } });

/** The operator does not let this organization act as an identity of the machine. */
export const ambientIdentityNotAllowed = (): AppError =>
  new AppError('FORBIDDEN', 'AMBIENT_IDENTITY_NOT_ALLOWED');

/** The operator allows it, but this gateway was not given one. */
export const ambientIdentityMissing = (): AppError => new AppError('UNAVAILABLE', 'AMBIENT_IDENTITY_MISSING');
