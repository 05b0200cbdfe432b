import type { registryV1 } from '@gatehouse/proto-gen';
import type { Health } from '../../app/health/health.ports';
import type { IntegrationView } from '../../app/integration/integration-streams';

/** Of the current credential; what is known of an earlier one is not shown as this one's. */
export const toProtoHealth = (
  told: Health | undefined,
  view: Pick<IntegrationView, 'credentialVersion' | 'credentialGivenAt' | 'credentialExpiresAt'>,
): registryV1.IntegrationHealth => {
  const calls = told?.credentialVersion === view.credentialVersion ? told : undefined;
  return {
    lastSuccessAt: calls?.lastSuccessAt,
    lastUnauthorizedAt: calls?.lastUnauthorizedAt,
    lastForbiddenAt: calls?.lastForbiddenAt,
    lastRateLimitedAt: calls?.lastRateLimitedAt,
    credentialGivenAt: view.credentialGivenAt,
    credentialExpiresAt: view.credentialExpiresAt,
  };
};
