import { fromProtoLimits, type RequestChecks } from '@gatehouse/grpc';
import { type WorkspaceId, workspaceId } from '@gatehouse/kernel';
import { provisioningV1 } from '@gatehouse/proto-gen';
import type { WantedPolicy, WantedProvision } from '../../domain/integration/wanted-provision';

const MODEL_NAME_MAX = 256;

/** How many they are, and whether they fit together, is the domain's to judge. */
export const fromProtoWorkspaces = (
  workspaces: readonly provisioningV1.WantedProvision[],
  checks: RequestChecks,
): readonly WantedProvision[] =>
  workspaces.map((wanted, index) => {
    const path = `workspaces[${index}]`;
    return {
      workspaceId: fromProtoWorkspaceId(`${path}.workspace_id`, wanted.workspaceId, checks),
      limits: fromProtoLimits(wanted.limits, checks, `${path}.limits`),
      models: fromProtoModels(wanted.models, checks, `${path}.models`),
      disabled: wanted.disabled,
    };
  });

/** Whether it can be is the domain's to judge. */
export const fromProtoPolicy = (
  policy: provisioningV1.WantedAutoProvision | undefined,
  checks: RequestChecks,
): WantedPolicy | undefined => {
  if (policy === undefined) return undefined;
  const field = 'auto_provision';
  const existing = EXISTING.get(policy.existing);
  if (existing === undefined && policy.existing !== ExistingProvisions.UNSPECIFIED)
    checks.fault(`${field}.existing`, 'must be to keep or to override');
  return {
    limits: fromProtoLimits(policy.limits, checks, `${field}.limits`),
    models: fromProtoModels(policy.models, checks, `${field}.models`),
    existing,
  };
};

const { ExistingProvisions } = provisioningV1;

const EXISTING: ReadonlyMap<provisioningV1.ExistingProvisions, 'keep' | 'override'> = new Map([
  [ExistingProvisions.KEEP, 'keep'],
  [ExistingProvisions.OVERRIDE, 'override'],
]);

/** Used only where there was no fault. */
export const fromProtoWorkspaceId = (field: string, raw: string, checks: RequestChecks): WorkspaceId =>
  checks.parse(field, raw === '' ? 'is required' : 'is not such an id', () =>
    workspaceId(raw),
  ) as WorkspaceId;

const fromProtoModels = (
  models: provisioningV1.ModelAccess | undefined,
  checks: RequestChecks,
  path: string,
): WantedProvision['models'] => {
  if (models === undefined) return { all: true };
  const { all, names } = models;
  if (all && names.length > 0) checks.fault(`${path}.names`, 'must be empty where all models are allowed');
  if (all) return { all: true };
  if (names.length === 0) checks.fault(path, 'must allow all models or name at least one');
  if (new Set(names).size < names.length) checks.fault(`${path}.names`, 'must not name a model twice');
  names.forEach((name, index) =>
    checks.text(`${path}.names[${index}]`, name, { min: 1, max: MODEL_NAME_MAX }),
  );
  return { all: false, names };
};
