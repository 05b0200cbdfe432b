import {
  AppError,
  type FieldViolation,
  type LimitSpec,
  replaceLimits,
  type WorkspaceId,
} from '@gatehouse/kernel';

/** A provision that comes with the connection of its integration. */
export interface WantedProvision {
  readonly workspaceId: WorkspaceId;
  readonly limits: readonly LimitSpec[];
  readonly models: { readonly all: true } | { readonly all: false; readonly names: readonly string[] };
  readonly disabled: boolean;
}

/** What workspaces get that are created once it is connected. */
export interface WantedPolicy {
  readonly limits: readonly LimitSpec[];
  readonly models: WantedProvision['models'];
  /** What to do with workspaces that are there: undefined leaves them alone. */
  readonly existing: 'keep' | 'override' | undefined;
}

/** An integration of a workspace is given to that workspace, whether or not anybody says so. */
export const withOwner = (
  workspaces: readonly WantedProvision[],
  owner: WorkspaceId | undefined,
): readonly WantedProvision[] =>
  owner === undefined || workspaces.length > 0
    ? workspaces
    : [{ workspaceId: owner, limits: [], models: { all: true }, disabled: false }];

const WORKSPACES_MAX = 100;
/** So many that the event that names them all stays below what a store takes. */
const NAMES_MAX = 1_000;

/**
 * What provisioning would refuse, all of it at once: what is recorded is to be possible. Whether the workspaces are there
 * is for the caller to see to.
 */
export const workspaceFaults = (
  workspaces: readonly WantedProvision[],
  offered: ReadonlySet<string>,
  owner: WorkspaceId | undefined,
): readonly FieldViolation[] => {
  const field = 'workspaces';
  if (workspaces.length > WORKSPACES_MAX) {
    return [{ field, description: `must be at most ${WORKSPACES_MAX}` }];
  }
  const names = workspaces.reduce((sum, { models }) => sum + (models.all ? 0 : models.names.length), 0);
  if (names > NAMES_MAX) return [{ field, description: `must name at most ${NAMES_MAX} models in all` }];
  const seen = new Set<string>();
  return workspaces.flatMap((wanted, index) => {
    const path = `${field}[${index}]`;
    const repeated = seen.has(wanted.workspaceId);
    seen.add(wanted.workspaceId);
    const foreign = owner !== undefined && wanted.workspaceId !== owner;
    return [
      ...fault(repeated, `${path}.workspace_id`, 'names another of the list'),
      ...fault(foreign, `${path}.workspace_id`, 'is not the workspace that it belongs to'),
      ...modelFaults(wanted, offered, path),
      ...limitFaults(wanted, path),
    ];
  });
};

/** As of a provision; one of a workspace has none. */
export const policyFaults = (
  policy: WantedPolicy | undefined,
  offered: ReadonlySet<string>,
  owner: WorkspaceId | undefined,
): readonly FieldViolation[] => {
  const field = 'auto_provision';
  if (policy === undefined) return [];
  if (owner !== undefined) return [{ field, description: 'is not for an integration of a workspace' }];
  const { models } = policy;
  if (!models.all && models.names.length > NAMES_MAX)
    return [{ field, description: `must name at most ${NAMES_MAX} models` }];
  return [...modelFaults(policy, offered, field), ...limitFaults(policy, field)];
};

const modelFaults = (
  { models }: Pick<WantedProvision, 'models'>,
  offered: ReadonlySet<string>,
  path: string,
) =>
  models.all
    ? []
    : models.names.flatMap((name, index) =>
        fault(!offered.has(name), `${path}.models.names[${index}]`, 'is not a model of the integration'),
      );

const limitFaults = (
  { limits }: Pick<WantedProvision, 'limits'>,
  path: string,
): readonly FieldViolation[] => {
  try {
    replaceLimits([], limits, { scopeId: path, seed: '' });
    return [];
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    return error.violations.map(({ field, description }) => ({ field: `${path}.${field}`, description }));
  }
};

const fault = (is: boolean, field: string, description: string): FieldViolation[] =>
  is ? [{ field, description }] : [];
