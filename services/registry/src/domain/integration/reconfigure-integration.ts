import { AppError, type IntegrationId } from '@gatehouse/kernel';
import { callsDeployments } from '@gatehouse/offering';
import { nextCredential, type SealedVersion } from './rotate-credential';
import type { LiveIntegration } from './integration';
import { type IntegrationSettings, sameSettings } from './integration-settings';
import type { IntegrationEvent } from './integration.events';

/** Changes how an integration is called. Which origins that leads to was found before, at the revision that is expected. */
export interface ReconfigureIntegration {
  readonly type: 'ReconfigureIntegration';
  readonly integrationId: IntegrationId;
  /** All of them, changed or not. */
  readonly settings: IntegrationSettings;
  /** Where they lead and the current credential may not be sent. */
  readonly missingOrigins: readonly string[];
  /** The one that was given with them, sealed for all of their origins; undefined where none was. */
  readonly credential: SealedVersion | undefined;
}

/**
 * REFUSED `DEPLOYMENTS_LEFT` where what it is to speak knows none; `CREDENTIAL_NEEDED` where the current credential is not sealed for what is wanted, and none was given. What is
 * so already is not an error: nothing is recorded.
 */
export const reconfigureIntegration = (
  { integrationId, settings, missingOrigins, credential }: ReconfigureIntegration,
  { details }: LiveIntegration,
): readonly IntegrationEvent[] => {
  if (details.deployments.length > 0 && !callsDeployments(settings.dialect)) {
    throw new AppError('REFUSED', 'DEPLOYMENTS_LEFT');
  }
  const type = 'IntegrationReconfigured';
  if (credential !== undefined) {
    return [{ type, integrationId, ...settings, ...nextCredential(credential, details) }];
  }
  const isAnother =
    settings.headerNames.join() !== details.headerNames.join() ||
    settings.credentialKind !== details.credentialKind;
  if (missingOrigins.length > 0 || isAnother) throw credentialNeeded(missingOrigins);
  if (sameSettings(settings, details)) return [];
  return [{ type, integrationId, ...settings, ...AS_IT_WAS }];
};

const AS_IT_WAS: SealedVersion = {
  credentialVersion: 0,
  credentialFingerprint: '',
  references: {},
  credentialExpiresAt: undefined,
};

const credentialNeeded = (origins: readonly string[]): AppError =>
  new AppError('REFUSED', 'CREDENTIAL_NEEDED', { metadata: { origins: origins.join(' ') } });
