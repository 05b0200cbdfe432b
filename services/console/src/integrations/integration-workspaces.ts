import { randomUUID } from 'node:crypto';
import { AppError } from '@gatehouse/kernel';
import { provisioningV1, type registryV1, type typeV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import { changeLimits } from '../configured-limits/limit-scope';
import { fromRestLimits, keepingUnsaid } from '../limits/limit-conversion';
import { resetUsage } from '../limits/usage-resets';
import { againWhenOvertaken } from '../rest/again-when-overtaken';
import { gathered, WHOLE } from '../rest/paging';
import { workspaceIdsOf } from '../named-workspace/named-workspace';
import type { WorkspaceAccess, WorkspacesChange } from './integration.schema';

const { ExistingProvisions } = provisioningV1;

/** The registry has the integration: provisioning hears of it in a moment, and waits for it, whatever the position is. */
export const SEEN = '0';

export const provisionsOf = async (
  control: ControlPlane,
  asked: { readonly integrationId: string; readonly workspaceId?: string; readonly enabled?: boolean },
): Promise<readonly provisioningV1.Provision[]> => {
  const { items } = await gathered(
    WHOLE,
    (page) =>
      control.provisions.listProvisions(
        provisioningV1.ListProvisionsRequest.fromPartial({ ...asked, ...page }),
      ),
    ({ provisions }) => provisions,
  );
  return items;
};

/** The policy by which new workspaces get an integration; undefined where there is none. */
export const policyOf = async (
  control: ControlPlane,
  integrationId: string,
): Promise<provisioningV1.AutoProvision | undefined> => {
  try {
    const { autoProvision } = await control.autoProvisions.getAutoProvision({
      integrationId,
      atLeastPosition: '',
    });
    return autoProvision?.on ? autoProvision : undefined;
  } catch (error) {
    // Provisioning has not heard of the integration yet: nobody can have said anything there.
    if (error instanceof AppError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
};

/** First the policy, then each workspace, in the order in which they are named. Nothing where one of them is unknown. */
export const changeWorkspaces = async (
  control: ControlPlane,
  { id: integrationId }: Pick<registryV1.Integration, 'id'>,
  change: WorkspacesChange,
): Promise<void> => {
  const said = (change.workspaces ?? []).map((access, index) => ({
    access,
    limits: fromRestLimits(access.usage_limits, access.rate_limits, `workspaces[${index}].`),
  }));
  const { global_workspace_access: policy } = change;
  const byDefault = fromRestLimits(policy?.usage_limits, policy?.rate_limits, 'global_workspace_access.');
  const workspaceIds = await workspaceIdsOf(
    control,
    said.map(({ access }) => access.id),
  );
  await changePolicy(control, integrationId, change, byDefault);
  for (const [index, { access, limits }] of said.entries())
    await changeAccess(control, { integrationId, workspaceId: workspaceIds[index] ?? '' }, access, limits);
};

const changePolicy = async (
  control: ControlPlane,
  integrationId: string,
  {
    global_workspace_access: policy,
    override_existing_workspace_access: override,
    override_existing_workspaces_access: overrideToo,
  }: WorkspacesChange,
  limits: readonly typeV1.Limit[],
): Promise<void> => {
  if (!policy) return;
  const command = () => ({ requestId: randomUUID(), reason: '', integrationId });
  if (!policy.enabled) {
    await control.autoProvisions.turnOffAutoProvision({ ...command(), atLeastPosition: SEEN });
    return;
  }
  await againWhenOvertaken(async () => {
    const standing = await policyOf(control, integrationId);
    await control.autoProvisions.setAutoProvision({
      ...command(),
      limits: keepingUnsaid(standing?.limits ?? [], limits),
      models: undefined,
      atLeastPosition: SEEN,
      existing: (override ?? overrideToo) ? ExistingProvisions.OVERRIDE : ExistingProvisions.KEEP,
      expectedRevision: standing?.revision,
    });
  });
};

const changeAccess = async (
  control: ControlPlane,
  of: { readonly integrationId: string; readonly workspaceId: string },
  access: WorkspaceAccess,
  limits: typeV1.Limit[],
): Promise<void> => {
  const [provision] = await provisionsOf(control, of);
  if (provision !== undefined) return changeProvision(control, provision, access, limits);
  // Not to have what it has not is so already.
  if (!access.enabled) return;
  const made = await control.provisions.provisionIntegration(
    provisioningV1.ProvisionIntegrationRequest.fromPartial({
      ...{ requestId: randomUUID(), ...of, limits },
      atLeastPosition: SEEN,
    }),
  );
  await seen(control, shownIn(made.provision).id, made.position);
};

/** Limits first: what is enabled is enabled within them. */
const changeProvision = async (
  control: ControlPlane,
  { id: provisionId, enabled, limits: before }: provisioningV1.Provision,
  { enabled: wanted, reset_usage: reset }: WorkspaceAccess,
  said: typeV1.Limit[],
): Promise<void> => {
  const command = () => ({ requestId: randomUUID(), reason: '', provisionId });
  const { provisions } = control;
  if (!wanted && enabled)
    await seen(control, provisionId, (await provisions.disableProvision(command())).position);
  const after = await changeLimits(control, provisionId, (standing) => keepingUnsaid(standing, said));
  if (reset) await resetUsage(control, { before, after });
  if (wanted && !enabled)
    await seen(control, provisionId, (await provisions.enableProvision(command())).position);
};

/** Whoever reads next reads what was changed. */
const seen = async (control: ControlPlane, provisionId: string, atLeastPosition: string): Promise<void> => {
  await control.provisions.getProvision({ provisionId, atLeastPosition });
};
