import { commandFields, readConfig } from '@gatehouse/config';

/** Provisioning needs what every service needs, and nothing more. */
export const readProvisioningConfig = (env: NodeJS.ProcessEnv = process.env) =>
  readConfig(commandFields, env);
export type ProvisioningConfig = ReturnType<typeof readProvisioningConfig>;
