import { fromProtoLimits, RequestChecks, toProtoLimit } from '@gatehouse/grpc';
import { type LimitId, type LimitSpec, workspaceId } from '@gatehouse/kernel';
import type { provisioningV1, typeV1 } from '@gatehouse/proto-gen';
import type { WantedProvision } from '../../domain/integration/wanted-provision';

export const toProtoWantedProvision = (wanted: WantedProvision): provisioningV1.WantedProvision => ({
  workspaceId: wanted.workspaceId,
  limits: wanted.limits.map(toProtoLimitSpec),
  models: wanted.models.all ? { all: true, names: [] } : { all: false, names: [...wanted.models.names] },
  disabled: wanted.disabled,
});

/** As an event recorded it: it was judged then, and is not judged again. */
export const fromProtoRecordedProvision = (recorded: provisioningV1.WantedProvision): WantedProvision => {
  const checks = new RequestChecks();
  const limits = fromProtoLimits(recorded.limits, checks);
  checks.done();
  const { models } = recorded;
  return {
    workspaceId: workspaceId(recorded.workspaceId),
    limits,
    models: models === undefined || models.all ? { all: true } : { all: false, names: models.names },
    disabled: recorded.disabled,
  };
};

/** Ids of limits are provisioning's to give. */
const toProtoLimitSpec = (spec: LimitSpec): typeV1.Limit => toProtoLimit({ ...spec, id: '' as LimitId });
