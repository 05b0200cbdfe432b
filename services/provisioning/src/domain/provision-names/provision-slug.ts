import { AppError, type Brand } from '@gatehouse/kernel';

/** A workspace's own word for one of its provisions; gateway clients say `@slug/model`. */
export type ProvisionSlug = Brand<string, 'ProvisionSlug'>;

/** As slugs of integrations are. INVALID `PROVISION_SLUG_MALFORMED`. */
export const provisionSlug = (raw: string): ProvisionSlug => {
  if (!/^[a-zA-Z0-9_-]{1,64}$/.test(raw)) throw new AppError('INVALID', 'PROVISION_SLUG_MALFORMED');
  return raw as ProvisionSlug;
};
