import { callerFields, commandFields, field, readConfig } from '@gatehouse/config';

const fields = {
  ...commandFields,
  ...callerFields,
  /** The registry is asked for the contents that it has published. */
  GATEHOUSE_REGISTRY_ADDRESS: field.address(),
  /** Metering is asked what is left of limits. Unset: nobody knows. */
  GATEHOUSE_METERING_ADDRESS: field.address().optional(),
  /** Audit is asked when keys last called it. Unset: nobody knows. */
  GATEHOUSE_AUDIT_ADDRESS: field.address().optional(),
};

export const readProvisioningConfig = (env: NodeJS.ProcessEnv = process.env) => readConfig(fields, env);
export type ProvisioningConfig = ReturnType<typeof readProvisioningConfig>;
