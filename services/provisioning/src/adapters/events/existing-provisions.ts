import { provisioningV1 } from '@gatehouse/proto-gen';

type Existing = 'keep' | 'override';

const { ExistingProvisions } = provisioningV1;

/** Undefined for what is unspecified or unknown. */
export const fromProtoExisting = (existing: provisioningV1.ExistingProvisions): Existing | undefined => {
  if (existing === ExistingProvisions.KEEP) return 'keep';
  return existing === ExistingProvisions.OVERRIDE ? 'override' : undefined;
};

export const toProtoExisting = (existing: Existing | undefined): provisioningV1.ExistingProvisions => {
  if (existing === undefined) return ExistingProvisions.UNSPECIFIED;
  return existing === 'keep' ? ExistingProvisions.KEEP : ExistingProvisions.OVERRIDE;
};
