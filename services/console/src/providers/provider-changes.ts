import { randomUUID } from 'node:crypto';
import { AppError } from '@gatehouse/kernel';
import { provisioningV1, type registryV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import { changeLimits } from '../configured-limits/limit-scope';
import { provisionsOf, SEEN } from '../integrations/integration-workspaces';
import { fromRestLimits, limitsChange, type LimitsChange } from '../limits/limit-conversion';
import { resetUsage } from '../limits/usage-resets';
import type { ProviderChange, ProviderCreation } from './provider.schema';

type Provision = provisioningV1.Provision;
type Integration = Pick<registryV1.Integration, 'id' | 'slug' | 'name'>;

/**
 * Provisions an integration to a workspace. There is one provision of both: one that was disabled is there again, as if it were new; one
 * that nobody has named, since it came with the workspace's access, is called as was asked for, and so is what is called so already.
 * CONFLICT `ALREADY_PROVISIONED` for any other.
 */
export const provide = async (
  control: ControlPlane,
  requestId: string,
  {
    integration,
    workspaceId,
    said,
  }: { readonly integration: Integration; readonly workspaceId: string; readonly said: ProviderCreation },
): Promise<Provision> => {
  const { id: integrationId } = integration;
  const slug = said.slug || integration.slug;
  const [standing] = workspaceId === '' ? [] : await provisionsOf(control, { integrationId, workspaceId });
  if (standing) return takeOver(control, standing, { integration, slug, said });
  const { expires_at: end } = said;
  const made = await control.provisions.provisionIntegration(
    provisioningV1.ProvisionIntegrationRequest.fromPartial({
      ...{ requestId, integrationId, workspaceId, name: said.name, slug: said.slug ?? '' },
      limits: fromRestLimits(usageIn(said), ratesIn(said)),
      ...(end && { expiresAt: new Date(end) }),
      atLeastPosition: SEEN,
    }),
  );
  return provisionAt(control, shownIn(made.provision).id, made.position);
};

const takeOver = (
  control: ControlPlane,
  standing: Provision,
  { integration, slug, said }: { integration: Integration; slug: string; said: ProviderCreation },
): Promise<Provision> => {
  const isCalled = (called: { slug: string; name: string }): boolean =>
    called.slug === standing.slug && called.name === standing.name;
  if (standing.enabled && !isCalled(integration) && !isCalled({ slug, name: said.name }))
    throw new AppError('CONFLICT', 'ALREADY_PROVISIONED');
  const named = { name: said.name, slug };
  if (standing.enabled) return carryOut(control, standing, { ...named, ...settingsIn(said) });
  const limits = fromRestLimits(usageIn(said), ratesIn(said));
  return carryOut(control, standing, {
    ...named,
    limits: () => limits,
    end: said.expires_at ?? null,
    asNew: true,
  });
};

/** Each of what is said is a change of its own; what is refused most often comes first. */
export const change = async (
  control: ControlPlane,
  provision: Provision,
  said: ProviderChange,
): Promise<Provision> => {
  const { name, reset_usage: reset } = said;
  const changed = await carryOut(control, provision, { name, ...settingsIn(said) });
  if (reset) await resetUsage(control, { before: provision.limits, after: changed.limits });
  return changed;
};

/** Nobody calls it any more; its integration stays, and the workspace's limits. */
export const remove = async (control: ControlPlane, { id: provisionId }: Provision): Promise<void> => {
  const { position } = await control.provisions.disableProvision(
    provisioningV1.DisableProvisionRequest.fromPartial({ requestId: randomUUID(), provisionId }),
  );
  await provisionAt(control, provisionId, position);
};

/** What is to become another; undefined stays. */
interface Wanted {
  readonly name?: string | undefined;
  readonly slug?: string | undefined;
  readonly limits?: LimitsChange | undefined;
  /** null: it does not end by itself. */
  readonly end?: string | null | undefined;
  /** Every model may be called, and it is enabled. */
  readonly asNew?: boolean;
}

const settingsIn = (
  said: Pick<ProviderCreation, 'usage_limits' | 'rate_limits' | 'expires_at'>,
): Pick<Wanted, 'limits' | 'end'> => ({
  limits: limitsChange(usageIn(said), ratesIn(said)),
  end: said.expires_at,
});

type SaidLimits = Pick<ProviderCreation, 'usage_limits' | 'rate_limits'>;

export const usageIn = ({ usage_limits: said }: SaidLimits) => said && [said];
export const ratesIn = ({ rate_limits: said }: SaidLimits) => said && (Array.isArray(said) ? said : [said]);

const carryOut = async (
  control: ControlPlane,
  { id: provisionId, ...standing }: Provision,
  { name = standing.name, slug = standing.slug, limits, end, asNew = false }: Wanted,
): Promise<Provision> => {
  const command = () => ({ requestId: randomUUID(), reason: '', provisionId });
  const { provisions } = control;
  let position = '';
  if (name !== standing.name || slug !== standing.slug)
    ({ position } = await provisions.renameProvision({ ...command(), name, slug }));
  if (limits) {
    // They are read at what renaming it has brought about.
    await provisionAt(control, provisionId, position);
    await changeLimits(control, provisionId, limits);
  }
  const expiresAt = end ? new Date(end) : undefined;
  if (end !== undefined && expiresAt?.getTime() !== standing.expiresAt?.getTime())
    ({ position } = await provisions.changeProvisionExpiry({ ...command(), expiresAt }));
  if (asNew && standing.models?.all !== true)
    ({ position } = await provisions.allowModels({ ...command(), models: { all: true, names: [] } }));
  if (asNew) ({ position } = await provisions.enableProvision(command()));
  return provisionAt(control, provisionId, position);
};

/** Whoever reads next reads what was changed. */
const provisionAt = async (
  control: ControlPlane,
  provisionId: string,
  atLeastPosition: string,
): Promise<Provision> => {
  const { provision } = await control.provisions.getProvision({ provisionId, atLeastPosition });
  return shownIn(provision);
};
