import { provisioningV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { limitStatesOf } from '../limits/limit-states';
import { eachOf } from '../rest/each-of';
import { gathered, type Part } from '../rest/paging';
import { workspaceIdOf } from '../named-workspace/named-workspace';
import { hasBudget, toRestProvider } from './provider-conversion';
import type { ProviderAnswer } from './provider.schema';

/** A provision with where its budget stands. */
export const shownProvider = async (
  control: ControlPlane,
  now: Date,
  provision: provisioningV1.Provision,
): Promise<ProviderAnswer> => {
  const states = hasBudget(provision) ? await limitStatesOf(control, provision.id) : [];
  return toRestProvider(provision, { now, states });
};

/** The provisions that are enabled, of one workspace where it is named, by id or slug. */
export const shownProviders = async (
  control: ControlPlane,
  now: Date,
  { page, workspace }: { readonly page: Part; readonly workspace: string | undefined },
): Promise<{ readonly total: number; readonly data: ProviderAnswer[] }> => {
  const workspaceId = workspace ? await workspaceIdOf(control, workspace) : '';
  const { total, items } = await gathered(
    page,
    (part) =>
      control.provisions.listProvisions(
        provisioningV1.ListProvisionsRequest.fromPartial({ workspaceId, enabled: true, ...part }),
      ),
    ({ provisions }) => provisions,
  );
  return { total, data: await eachOf(items, (provision) => shownProvider(control, now, provision)) };
};
