import { AppError, type Clock, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import type { Integrations, KnownIntegration } from './provision.ports';

const LOOK_AGAIN_MS = 20;
const PATIENCE_MS = 5_000;

interface Sought {
  readonly organizationId: OrganizationId;
  readonly integrationId: IntegrationId;
  /** True when the caller says that the integration exists, and where: it is then waited for, 5 s at most. */
  readonly awaitIntegration: boolean;
}

/** Undefined where there is none. One that is not known may just be on its way over the bus. */
export const knownIntegration = async (
  integrations: Integrations,
  clock: Clock,
  { organizationId, integrationId, awaitIntegration }: Sought,
): Promise<KnownIntegration | undefined> => {
  const deadline = clock.monotonicMs() + (awaitIntegration ? PATIENCE_MS : 0);
  let known = await integrations.find(organizationId, integrationId);
  while (!known && clock.monotonicMs() < deadline) {
    await new Promise((resolve) => setTimeout(resolve, LOOK_AGAIN_MS));
    known = await integrations.find(organizationId, integrationId);
  }
  return known;
};

/**
 * NOT_FOUND `INTEGRATION_UNKNOWN` where there is none or it was deleted; REFUSED `INTEGRATION_CONNECTING` while not all of
 * the workspaces that it was connected with have it.
 */
export const liveIntegration = async (
  integrations: Integrations,
  clock: Clock,
  sought: Sought,
): Promise<KnownIntegration> => {
  const known = await knownIntegration(integrations, clock, sought);
  if (!known || known.status === 'deleted' || known.status === 'refused')
    throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
  if (known.status === 'connecting') throw new AppError('REFUSED', 'INTEGRATION_CONNECTING');
  return known;
};
