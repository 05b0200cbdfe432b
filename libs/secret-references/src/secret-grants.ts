import { z } from 'zod';
import type { SecretLocator, SecretManager } from '@gatehouse/kernel';
import { addressOf } from './secret-address';

/** An address, or the beginning of one and a star: `/run/secrets/team-a/*`. A star alone would be everybody's secrets. */
const pattern = z
  .string()
  .max(1_024)
  .regex(/^[^*\s]+\*?$/, 'must be an address, or its beginning and a star');
const patterns = z.array(pattern).max(1_000).default([]);

/** What one organization may name, by manager. */
const grants = z.strictObject({
  environment: patterns,
  file: patterns,
  'aws-secrets-manager': patterns,
  'hashicorp-vault': patterns,
} satisfies Record<SecretManager, typeof patterns>);

/** The operator's list, by organization id. Who is not in it may name nothing. */
export const secretGrantsSchema = z.record(z.string().min(1), grants);
export type SecretGrants = z.infer<typeof secretGrantsSchema>;

/** Whether the operator lists the secret for the organization. */
export const isGranted = (list: SecretGrants, organizationId: string, locator: SecretLocator): boolean => {
  if (!Object.hasOwn(list, organizationId)) return false;
  const address = addressOf(locator);
  return (list[organizationId]?.[locator.kind] ?? []).some((granted) =>
    granted.endsWith('*') ? address.startsWith(granted.slice(0, -1)) : address === granted,
  );
};
