import { integrationId, provisionId } from '@gatehouse/kernel';
import { fromProtoOffering } from '@gatehouse/offering-messages';
import type { provisioningV1 } from '@gatehouse/proto-gen';
import type { ToldIntegration, ToldProvision } from '../../domain/access/access-facts';

/** Undefined where the entry is gone, or none of an integration. One that is connecting is there for nobody. */
export const fromEntryIntegration = (
  entry: provisioningV1.ConfigEntry,
): ToldIntegration | 'connecting' | undefined => {
  const { id, value } = entry;
  if (value?.$case !== 'integration') return undefined;
  if (value.value.connecting) return 'connecting';
  const { slug, provider, dialect, disabled, deployments } = value.value;
  return {
    id: integrationId(id),
    slug,
    provider,
    dialect,
    enabled: !disabled,
    decisions: fromProtoOffering(value.value),
    deployments,
  };
};

/**
 * Undefined where the entry is gone, or none of a provision.
 * @param slug the provision's own, by another entry.
 */
export const fromEntryProvision = (
  entry: provisioningV1.ConfigEntry,
  slug: string | undefined,
): ToldProvision | undefined => {
  const { id, value } = entry;
  if (value?.$case !== 'provision') return undefined;
  const { enabled, allModels, modelNames, expiresAt } = value.value;
  return {
    id: provisionId(id),
    ...(slug !== undefined && { slug }),
    enabled,
    models: allModels ? { all: true } : { all: false, names: modelNames },
    ...(expiresAt && { expiresAt }),
  };
};

/** A provision's own slug; undefined where the entry is gone, or none of a name. */
export const fromEntryName = ({ value }: provisioningV1.ConfigEntry): string | undefined =>
  value?.$case === 'provisionName' ? value.value.slug : undefined;
