import { AppError, type IntegrationId } from '@gatehouse/kernel';
import type { LiveIntegration } from './integration';
import type { IntegrationEvent } from './integration.events';

/** Makes a sealed credential the current one. The version was chosen before sealing, which binds it. */
export interface RotateCredential {
  readonly type: 'RotateCredential';
  readonly integrationId: IntegrationId;
  readonly credentialVersion: number;
  readonly credentialFingerprint: string;
}

/** A version that another rotation took meanwhile is a lost race: the credential is to be sealed again as the next. */
export const rotateCredential = (
  { integrationId, credentialVersion, credentialFingerprint }: RotateCredential,
  { details }: LiveIntegration,
): readonly IntegrationEvent[] => {
  if (credentialVersion !== details.credentialVersion + 1) {
    throw new AppError('CONFLICT', 'CREDENTIAL_VERSION_TAKEN');
  }
  return [{ type: 'CredentialRotated', integrationId, credentialVersion, credentialFingerprint }];
};
