import { AppError, type Clock, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import type { Integrations, KnownIntegration } from './provision.ports';

const LOOK_AGAIN_MS = 20;

/**
 * NOT_FOUND `INTEGRATION_UNKNOWN` where there is none or it was deleted; REFUSED `INTEGRATION_CONNECTING` while not all of
 * the workspaces that it was connected with have it. One that is not known may just be on its way
 * over the bus: it is waited for, as long as the patience lasts.
 */
export const liveIntegration = async (
  integrations: Integrations,
  clock: Clock,
  {
    organizationId,
    integrationId,
    patienceMs,
  }: {
    readonly organizationId: OrganizationId;
    readonly integrationId: IntegrationId;
    readonly patienceMs: number;
  },
): Promise<KnownIntegration> => {
  const deadline = clock.monotonicMs() + patienceMs;
  let known = await integrations.find(organizationId, integrationId);
  while (!known && clock.monotonicMs() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    known = await integrations.find(organizationId, integrationId);
  }
  if (!known || known.status === 'deleted' || known.status === 'refused')
    throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
  if (known.status === 'connecting') throw new AppError('REFUSED', 'INTEGRATION_CONNECTING');
  return known;
};
