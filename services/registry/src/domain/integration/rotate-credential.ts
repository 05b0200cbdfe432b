import { AppError, type IntegrationId } from '@gatehouse/kernel';
import type { IntegrationDetails, LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';
import type { SecretUses } from './secret-uses';

/** A credential that is sealed and kept. The version was chosen before sealing, which binds it. */
export interface SealedVersion {
  readonly credentialVersion: number;
  readonly credentialFingerprint: string;
  /** Its fields that are secrets kept elsewhere. */
  readonly references: SecretUses;
  /** When it expires, as who gave it said; undefined where nobody did. */
  readonly credentialExpiresAt: Date | undefined;
}

/** Makes a sealed credential the current one. */
export interface RotateCredential extends SealedVersion {
  readonly type: 'RotateCredential';
  readonly integrationId: IntegrationId;
}

/** A version that another took meanwhile is a lost race: the credential is to be sealed again as the next. */
export const rotateCredential = (
  { type: _type, integrationId, ...sealed }: RotateCredential,
  { details }: LiveIntegration,
): readonly IntegrationEvent[] => [
  { type: 'CredentialRotated', integrationId, ...nextCredential(sealed, details) },
];

/** The version as it is, where it is the next. CONFLICT `CREDENTIAL_VERSION_TAKEN`. */
export const nextCredential = (
  sealed: SealedVersion,
  { credentialVersion }: Pick<IntegrationDetails, 'credentialVersion'>,
): SealedVersion => {
  if (sealed.credentialVersion !== credentialVersion + 1) {
    throw new AppError('CONFLICT', 'CREDENTIAL_VERSION_TAKEN');
  }
  return sealed;
};
