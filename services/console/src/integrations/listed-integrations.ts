import { registryV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { gathered, type Part } from '../rest/paging';

type Request = registryV1.ListIntegrationsRequest;
type Selecting = Exclude<keyof Request, 'pageSize' | 'pageToken' | 'skip'>;
type Filter = { readonly [Field in Selecting]?: Request[Field] | undefined };

/** A part of the organization's integrations, and how many there are. */
export const listedIntegrations = (control: ControlPlane, part: Part, filter: Filter) =>
  gathered(
    part,
    (page) =>
      control.integrations.listIntegrations(
        registryV1.ListIntegrationsRequest.fromPartial({ ...filter, ...page }),
      ),
    ({ integrations }) => integrations,
  );
