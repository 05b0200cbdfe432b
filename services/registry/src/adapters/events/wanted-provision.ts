import { fromProtoLimits, RequestChecks, toProtoLimit } from '@gatehouse/grpc';
import { type LimitId, type LimitSpec, workspaceId } from '@gatehouse/kernel';
import { provisioningV1, type typeV1 } from '@gatehouse/proto-gen';
import type { WantedPolicy, WantedProvision } from '../../domain/integration/wanted-provision';

export const toProtoWantedProvision = (wanted: WantedProvision): provisioningV1.WantedProvision => ({
  workspaceId: wanted.workspaceId,
  ...toProtoGiven(wanted),
  disabled: wanted.disabled,
});

export const toProtoWantedPolicy = (wanted: WantedPolicy): provisioningV1.WantedAutoProvision => ({
  ...toProtoGiven(wanted),
  existing: wanted.existing === undefined ? ExistingProvisions.UNSPECIFIED : EXISTING[wanted.existing],
});

const { ExistingProvisions } = provisioningV1;
const EXISTING = { keep: ExistingProvisions.KEEP, override: ExistingProvisions.OVERRIDE } as const;

const toProtoGiven = ({
  limits,
  models,
}: Given): { limits: typeV1.Limit[]; models: provisioningV1.ModelAccess } => ({
  limits: limits.map(toProtoLimitSpec),
  models: models.all ? { all: true, names: [] } : { all: false, names: [...models.names] },
});

type Given = Pick<WantedProvision, 'limits' | 'models'>;

/** As an event recorded it: it was judged then, and is not judged again. */
export const fromProtoRecordedProvision = (recorded: provisioningV1.WantedProvision): WantedProvision => ({
  workspaceId: workspaceId(recorded.workspaceId),
  ...fromProtoGiven(recorded),
  disabled: recorded.disabled,
});

/** Likewise. */
export const fromProtoRecordedPolicy = (recorded: provisioningV1.WantedAutoProvision): WantedPolicy => ({
  ...fromProtoGiven(recorded),
  existing: (['keep', 'override'] as const).find((one) => EXISTING[one] === recorded.existing),
});

const fromProtoGiven = ({
  limits,
  models,
}: Pick<provisioningV1.WantedAutoProvision, 'limits' | 'models'>): Given => {
  const checks = new RequestChecks();
  const read = fromProtoLimits(limits, checks);
  checks.done();
  return {
    limits: read,
    models: models === undefined || models.all ? { all: true } : { all: false, names: models.names },
  };
};

/** Ids of limits are provisioning's to give. */
const toProtoLimitSpec = (spec: LimitSpec): typeV1.Limit => toProtoLimit({ ...spec, id: '' as LimitId });
