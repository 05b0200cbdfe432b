import { AppError, invalidField } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import { workspaceIdOf } from '../named-workspace/named-workspace';

const ID = /^prv_[0-9a-z]{26}$/;

/**
 * The provision that is enabled and that a request names by its id or by its slug, in a workspace where it says so. NOT_FOUND
 * `PROVISION_UNKNOWN`; INVALID `REQUEST_INVALID` where the slug is of several workspaces and none is named.
 */
export const namedProvider = async (
  control: ControlPlane,
  named: string,
  workspace: string | null | undefined,
): Promise<provisioningV1.Provision> => {
  const workspaceId = workspace ? await workspaceIdOf(control, workspace) : '';
  const asked = ID.test(named) ? await placeOf(control, named, workspaceId) : { workspaceId, slug: named };
  const { provisions } = await control.provisions.listProvisions(
    provisioningV1.ListProvisionsRequest.fromPartial({ ...asked, enabled: true, pageSize: 2 }),
  );
  const [found, another] = provisions;
  if (!found) throw unknown();
  if (another) throw invalidField('workspace_id', 'is required: several workspaces have such a provider');
  return found;
};

/** Of its workspace and its integration there is no other. */
const placeOf = async (
  control: ControlPlane,
  provisionId: string,
  wanted: string,
): Promise<{ workspaceId: string; integrationId: string }> => {
  const { provision } = await control.provisions.getProvision({ provisionId, atLeastPosition: '' });
  const { workspaceId, integrationId } = shownIn(provision);
  if (wanted !== '' && wanted !== workspaceId) throw unknown();
  return { workspaceId, integrationId };
};

const unknown = (): AppError => new AppError('NOT_FOUND', 'PROVISION_UNKNOWN');
