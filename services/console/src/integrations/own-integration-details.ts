import { AppError } from '@gatehouse/kernel';
import type { registryV1 } from '@gatehouse/proto-gen';
import { keyNamesOf, workspaceNamesOf } from '../actors/named-actors';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import { toRestWholeLimit } from '../limits/whole-limit-conversion';
import { policyOf } from './integration-workspaces';
import { known } from './named-integration';
import { toRestModelNames, toRestOwnIntegration } from './own-integration-conversion';
import type { OwnIntegrationAnswer, OwnIntegrationDetails } from './own-integration.schema';

/** Integrations as lists show them. */
export const surrounded = async (
  control: ControlPlane,
  integrations: readonly registryV1.Integration[],
): Promise<OwnIntegrationAnswer[]> => {
  if (integrations.length === 0) return [];
  const [counts, keyNames, workspaceNames] = await Promise.all([
    surroundingsOf(
      control,
      integrations.map(({ id }) => id),
    ),
    keyNamesOf(
      control,
      integrations.map(({ connectedBy }) => connectedBy),
    ),
    workspaceNamesOf(
      control,
      integrations.map(({ ownerWorkspaceId }) => ownerWorkspaceId),
    ),
  ]);
  return integrations.map((shown) =>
    toRestOwnIntegration(shown, { counts: counts.get(shown.id), keyNames, workspaceNames }),
  );
};

/** So many are asked for at once at most. */
const SURROUNDINGS_STEP = 200;

const surroundingsOf = async (
  control: ControlPlane,
  ids: readonly string[],
): Promise<ReadonlyMap<string, registryV1.IntegrationSurroundings>> => {
  const found = new Map<string, registryV1.IntegrationSurroundings>();
  for (let at = 0; at < ids.length; at += SURROUNDINGS_STEP) {
    const integrationIds = ids.slice(at, at + SURROUNDINGS_STEP);
    const { surroundings } = await control.integrations.listIntegrationSurroundings({ integrationIds });
    for (const one of surroundings) found.set(one.integrationId, one);
  }
  return found;
};

export const ownOf = async (
  control: ControlPlane,
  integration: registryV1.Integration,
): Promise<OwnIntegrationAnswer> => {
  const [shown] = await surrounded(control, [integration]);
  return shownIn(shown);
};

export const detailsOf = async (
  control: ControlPlane,
  integration: registryV1.Integration,
): Promise<OwnIntegrationDetails> => {
  const [shown, policy] = await Promise.all([ownOf(control, integration), policyOf(control, integration.id)]);
  return {
    ...shown,
    auto_provision: policy
      ? {
          limits: policy.limits.map(toRestWholeLimit),
          models: toRestModelNames(policy.models),
          revision: String(policy.revision),
        }
      : null,
  };
};

/** What was just connected, once it is read; whoever may connect and not read is answered what the connection was. */
export const createdOf = async (
  control: ControlPlane,
  connected: registryV1.Integration,
  position: string,
): Promise<OwnIntegrationAnswer> => {
  try {
    return await ownOf(control, await known(control, connected.id, position));
  } catch (error) {
    if (!(error instanceof AppError && error.code === 'FORBIDDEN')) throw error;
    const unnamed = { counts: undefined, keyNames: new Map(), workspaceNames: new Map() };
    return toRestOwnIntegration(connected, unnamed);
  }
};
