import { type ModelAccess, type OrganizationId, refuseUnoffered, sameModelAccess } from '@gatehouse/kernel';
import type { ActiveProvision } from './provision';
import type { ProvisionEvent } from './provision.events';

export interface AllowModels {
  readonly type: 'AllowModels';
  readonly organizationId: OrganizationId;
  /** The whole new access. */
  readonly models: ModelAccess;
  /** Of the models that are named, those that the integration offers. */
  readonly offered: readonly string[];
}

/** INVALID where a model is not the integration's. The access that is in force already records nothing. */
export const allowModels = (
  { models, offered }: AllowModels,
  provision: ActiveProvision,
): readonly ProvisionEvent[] => {
  refuseUnoffered(models, offered);
  if (sameModelAccess(models, provision.models)) return [];
  return [{ type: 'ModelsAllowed', provisionId: provision.provisionId, models }];
};
