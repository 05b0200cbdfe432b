import { AppError } from '@gatehouse/kernel';
import { registryV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import { namedIntegration } from './integration-conversion';

/** By its id or its slug; waits for a position, where one is given. */
export const known = async (
  control: ControlPlane,
  name: string,
  atLeastPosition = '',
): Promise<registryV1.Integration> => {
  const { integration } = await control.integrations.getIntegration({
    ...namedIntegration(name),
    atLeastPosition,
  });
  return shownIn(integration);
};

const { DELETED, DELETING } = registryV1.IntegrationStatus;

/** The same, where one that was deleted is not there any more, also by its id. NOT_FOUND `INTEGRATION_UNKNOWN`. */
export const present = async (control: ControlPlane, name: string): Promise<registryV1.Integration> => {
  const integration = await known(control, name);
  if (integration.status === DELETED || integration.status === DELETING)
    throw new AppError('NOT_FOUND', 'INTEGRATION_UNKNOWN');
  return integration;
};
