import { provisioningV1, type meteringV1 } from '@gatehouse/proto-gen';
import type { ControlPlane } from '../adapters/grpc/control-plane';
import { shownIn } from '../adapters/grpc/shown-in';
import { isExhausted, limitStatesUnlessUnknown } from '../limits/limit-states';
import { fromRestWholeLimits, toRestWholeLimit } from '../limits/whole-limit-conversion';
import { timeOrNull } from '../rest/or-null';
import { gathered, inSteps, type Part } from '../rest/paging';
import { unsupported } from '../rest/requests-in';
import { toRestStandingLimit } from '../standing/standing-limit-conversion';
import { workspaceIdsOf } from '../named-workspace/named-workspace';
import { fromRestModelNames, toRestModelNames } from './own-integration-conversion';
import type { WorkspaceOfIntegration, WorkspacesOfIntegrationChange } from './own-workspaces.schema';

type Provision = provisioningV1.Provision;
type Workspace = Pick<provisioningV1.Workspace, 'id' | 'slug' | 'name'>;

interface Sought {
  readonly integrationId: string;
  readonly search: string;
  readonly access: 'all' | 'enabled' | 'disabled';
}

/** A page of workspaces with what each has of the integration. */
export const workspacesOf = async (
  control: ControlPlane,
  sought: Sought,
  page: Part,
): Promise<{ readonly total: number; readonly items: WorkspaceOfIntegration[] }> => {
  const { total, items } = await (sought.access === 'all'
    ? everyWorkspace(control, sought, page)
    : havingWorkspaces(control, sought, page));
  const limited = items.flatMap(({ provision }) => (provision?.limits.length ? [provision.id] : []));
  const states = await limitStatesUnlessUnknown(control, limited);
  return {
    total,
    items: items.map(({ workspace, provision }) => toRestWorkspaceOf(workspace, provision, states)),
  };
};

interface Found {
  readonly total: number;
  readonly items: readonly { readonly workspace: Workspace; readonly provision: Provision | undefined }[];
}

const everyWorkspace = async (
  control: ControlPlane,
  { integrationId, search }: Sought,
  page: Part,
): Promise<Found> => {
  const { total, items } = await gathered(
    page,
    (part) =>
      control.workspaces.listWorkspaces(
        provisioningV1.ListWorkspacesRequest.fromPartial({ search, ...part }),
      ),
    ({ workspaces }) => workspaces,
  );
  const found = await Promise.all(
    inSteps(items.map(({ id }) => id)).map((workspaceIds) =>
      control.provisions.listProvisions(
        provisioningV1.ListProvisionsRequest.fromPartial({
          ...{ integrationId, workspaceIds },
          pageSize: workspaceIds.length,
        }),
      ),
    ),
  );
  const provisions = new Map(
    found.flatMap((page) => page.provisions.map((provision) => [provision.workspaceId, provision])),
  );
  return {
    total,
    items: items.map((workspace) => ({ workspace, provision: provisions.get(workspace.id) })),
  };
};

const havingWorkspaces = async (
  control: ControlPlane,
  { integrationId, search, access }: Sought,
  page: Part,
): Promise<Found> => {
  if (search !== '') throw unsupported('search', 'goes with every workspace, and not with access');
  const enabled = access === 'enabled';
  const { total, items } = await gathered(
    page,
    (part) =>
      control.provisions.listProvisions(
        provisioningV1.ListProvisionsRequest.fromPartial({ integrationId, enabled, ...part }),
      ),
    ({ provisions }) => provisions,
  );
  const found = await Promise.all(
    inSteps(items.map(({ workspaceId }) => workspaceId)).map((workspaceIds) =>
      control.workspaces.listWorkspaces(
        provisioningV1.ListWorkspacesRequest.fromPartial({ workspaceIds, pageSize: workspaceIds.length }),
      ),
    ),
  );
  const workspaces = new Map(found.flatMap((page) => page.workspaces.map((one) => [one.id, one])));
  return {
    total,
    items: items.flatMap((provision) => {
      const workspace = workspaces.get(provision.workspaceId);
      // It was archived since.
      return workspace ? [{ workspace, provision }] : [];
    }),
  };
};

const provisionIn = async (
  control: ControlPlane,
  integrationId: string,
  workspaceId: string,
): Promise<Provision | undefined> => {
  const { provisions } = await control.provisions.listProvisions(
    provisioningV1.ListProvisionsRequest.fromPartial({ integrationId, workspaceId, pageSize: 1 }),
  );
  return provisions[0];
};

const toRestWorkspaceOf = (
  { id, slug, name }: Workspace,
  provision: Provision | undefined,
  all: readonly meteringV1.LimitState[] | undefined,
): WorkspaceOfIntegration => {
  const states = all?.filter(({ scopeId }) => scopeId === provision?.id);
  return {
    workspace: { id, slug, name },
    provision_id: provision?.id ?? null,
    revision: provision ? String(provision.revision) : null,
    enabled: provision?.enabled ?? false,
    exhausted: states?.some(isExhausted) ?? null,
    models: toRestModelNames(provision?.models),
    expires_at: timeOrNull(provision?.expiresAt),
    limits: (provision?.limits ?? []).map((limit) => {
      const state = states?.find(({ limitId }) => limitId === limit.id);
      const { spent, held, left, doubt, resets_at } = state
        ? toRestStandingLimit(state)
        : { spent: null, held: null, left: null, doubt: null, resets_at: null };
      const exhausted = state ? isExhausted(state) : null;
      return { ...toRestWholeLimit(limit), spent, held, left, doubt, resets_at, exhausted };
    }),
    object: 'workspace-of-integration',
  };
};

interface Change {
  readonly requestId: string;
  readonly integrationId: string;
  readonly said: WorkspacesOfIntegrationChange;
}

/** One workspace after the other. Nothing where one of them is unknown. */
export const changeWorkspacesOf = async (
  control: ControlPlane,
  { requestId, integrationId, said }: Change,
): Promise<void> => {
  const wanted = said.workspaces.map((access, index) => ({
    ...access,
    limits: access.limits && fromRestWholeLimits(access.limits, `workspaces[${index}].limits`),
  }));
  const workspaceIds = await workspaceIdsOf(
    control,
    wanted.map((access) => access.workspace_id),
  );
  for (const [index, access] of wanted.entries()) {
    const workspaceId = workspaceIds[index] ?? '';
    const of = { requestId: `${requestId}.${index}`, reason: said.reason, integrationId, workspaceId };
    await changeOne(control, of, access);
  }
};

type Access = Omit<WorkspacesOfIntegrationChange['workspaces'][number], 'limits'> & {
  readonly limits: ReturnType<typeof fromRestWholeLimits> | undefined;
};

interface Command {
  readonly requestId: string;
  readonly reason: string;
  readonly provisionId: string;
  readonly expectedRevision: bigint | undefined;
}

/** What it may spend first: what is enabled is enabled within that. */
const changeOne = async (
  control: ControlPlane,
  of: { requestId: string; reason: string; integrationId: string; workspaceId: string },
  { enabled, limits, models, revision }: Access,
): Promise<void> => {
  const { requestId, reason } = of;
  const provision = await provisionIn(control, of.integrationId, of.workspaceId);
  if (provision === undefined) {
    // Not to have what it has not is so already.
    if (!enabled) return;
    const made = await control.provisions.provisionIntegration(
      provisioningV1.ProvisionIntegrationRequest.fromPartial({
        ...{ ...of, limits: limits ?? [], atLeastPosition: '0' },
        models: fromRestModelNames(models ?? null),
      }),
    );
    return seen(control, shownIn(made.provision).id, made.position);
  }
  const { id: provisionId } = provision;
  const { provisions } = control;
  let expectedRevision = revision ? BigInt(revision) : undefined;
  let position = '';
  /** One after the other, each at the revision that the one before it has made. */
  const carryOut = async (
    what: string,
    change: (command: Command) => Promise<{ provision?: Provision | undefined; position: string }>,
  ): Promise<void> => {
    const changed = await change({
      requestId: `${requestId}.${what}`,
      reason,
      provisionId,
      expectedRevision,
    });
    position = changed.position;
    if (expectedRevision !== undefined) expectedRevision = shownIn(changed.provision).revision;
  };
  if (enabled === false && provision.enabled)
    await carryOut('disabled', (command) => provisions.disableProvision(command));
  if (limits !== undefined)
    await carryOut('limits', (command) => provisions.changeProvisionLimits({ ...command, limits }));
  if (models !== undefined) {
    const access = fromRestModelNames(models) ?? { all: true, names: [] };
    await carryOut('models', (command) => provisions.allowModels({ ...command, models: access }));
  }
  if (enabled && !provision.enabled)
    await carryOut('enabled', (command) => provisions.enableProvision(command));
  await seen(control, provisionId, position);
};

/** Whoever reads next reads what was changed. */
const seen = async (control: ControlPlane, provisionId: string, atLeastPosition: string): Promise<void> => {
  await control.provisions.getProvision({ provisionId, atLeastPosition });
};
