import type { registryV1 } from '@gatehouse/proto-gen';
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
