import { type FieldViolation, invalidFields, type OrganizationId } from '@gatehouse/kernel';
import type { ActiveProvision } from './provision';
import type { ModelAccess, ProvisionEvent } from './provision.events';

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
  if (sameAccess(models, provision.models)) return [];
  return [{ type: 'ModelsAllowed', provisionId: provision.provisionId, models }];
};

/** INVALID, naming each model that the integration does not offer. */
export const refuseUnoffered = (models: ModelAccess, offered: readonly string[]): void => {
  if (models.all) return;
  const known = new Set(offered);
  const violations = models.names.flatMap((name, index): FieldViolation[] =>
    known.has(name)
      ? []
      : [{ field: `models.names[${index}]`, description: 'is not a model of the integration' }],
  );
  if (violations.length > 0) throw invalidFields(violations);
};

const sameAccess = (some: ModelAccess, other: ModelAccess): boolean => {
  if (some.all || other.all) return some.all === other.all;
  return (
    some.names.length === other.names.length && some.names.every((name, index) => name === other.names[index])
  );
};
