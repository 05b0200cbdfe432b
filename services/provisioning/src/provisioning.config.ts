import { callerFields, commandFields, field, readConfig } from '@gatehouse/config';

const fields = {
  ...commandFields,
  ...callerFields,
  /** The registry is asked for the contents that it has published. */
  GATEHOUSE_REGISTRY_ADDRESS: field.address(),
  /** Minutes after which a session ends that nobody uses. */
  GATEHOUSE_SESSION_IDLE_MINUTES: field.int({ min: 1, max: 1_440, fallback: 30 }),
  /** Hours that a session lasts at the most. */
  GATEHOUSE_SESSION_HOURS: field.int({ min: 1, max: 168, fallback: 12 }),
  /** Metering is asked what is left of limits. Unset: nobody knows. */
  GATEHOUSE_METERING_ADDRESS: field.address().optional(),
  /** Audit is asked when keys last called it. Unset: nobody knows. */
  GATEHOUSE_AUDIT_ADDRESS: field.address().optional(),
  /** The identity provider that people sign in by, as it writes itself. Unset: by none. */
  GATEHOUSE_OIDC_ISSUER: field.url().optional(),
  /** The client that ID tokens are made for. */
  GATEHOUSE_OIDC_AUDIENCE: field.text().optional(),
  GATEHOUSE_OIDC_GROUPS_CLAIM: field.text().default('groups'),
  /** The role of each group that has one. */
  GATEHOUSE_OIDC_ROLES: field.choices(['owner', 'admin', 'auditor']).optional(),
  /** Whose members they are. */
  GATEHOUSE_OIDC_ORGANIZATION: field.text().optional(),
  /** Where the provider may be beside the public internet. */
  GATEHOUSE_PRIVATE_HOSTS: field.privateHosts(),
};

export const readProvisioningConfig = (env: NodeJS.ProcessEnv = process.env) => readConfig(fields, env);
export type ProvisioningConfig = ReturnType<typeof readProvisioningConfig>;
