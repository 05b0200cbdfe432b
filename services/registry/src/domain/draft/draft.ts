import { AppError, integrationId, type IntegrationId, type OrganizationId } from '@gatehouse/kernel';
import type { IntegrationSettings } from '../integration/integration-settings';
import type { SecretUse } from '../integration/secret-uses';

declare const draftBrand: unique symbol;
export type DraftId = string & { readonly [draftBrand]: never };

/** Errors: INVALID `DRAFT_ID_MALFORMED`. */
export const draftId = (raw: string): DraftId => {
  if (!/^dft_[0-9a-z]{26}$/.test(raw)) throw new AppError('INVALID', 'DRAFT_ID_MALFORMED');
  return raw as DraftId;
};

/**
 * The integration that a draft is to become: it has the same number, so that what is sealed for the one opens for the
 * other, and a draft becomes one integration and no second.
 */
export const integrationOf = (id: DraftId): IntegrationId => integrationId(`int_${id.slice('dft_'.length)}`);

/** Settings and a sealed credential, on their way to an integration. Never a secret. */
export interface Draft {
  readonly draftId: DraftId;
  readonly organizationId: OrganizationId;
  readonly provider: string;
  readonly settings: IntegrationSettings;
  readonly credentialFingerprint: string;
  /** The fields of the credential that are secrets kept elsewhere. */
  readonly references: Readonly<Record<string, SecretUse>>;
  /** The vault's row. */
  readonly secretId: string;
  readonly createdAt: Date;
  readonly expiresAt: Date;
}

export const isExpired = ({ expiresAt }: Draft, now: Date): boolean => expiresAt.getTime() <= now.getTime();
