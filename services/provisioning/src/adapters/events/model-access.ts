import type { ModelAccess } from '@gatehouse/kernel';
import type { provisioningV1 } from '@gatehouse/proto-gen';

export const fromProtoRecordedAccess = (access: provisioningV1.ModelAccess | undefined): ModelAccess =>
  access === undefined || access.all ? { all: true } : { all: false, names: access.names };

export const toProtoModelAccess = (access: ModelAccess): provisioningV1.ModelAccess =>
  access.all ? { all: true, names: [] } : { all: false, names: [...access.names] };
