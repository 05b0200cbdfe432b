import { callerFields, commandFields, field, readConfig } from '@gatehouse/config';

const fields = {
  ...commandFields,
  ...callerFields,
  /** Raised by one, every integration gets a new key, and the earlier ones are destroyed. */
  GATEHOUSE_VAULT_KEY_EPOCH: field.int({ min: 1, max: 999_999_999, fallback: 1 }),
  GATEHOUSE_FINGERPRINT_KEY: field.bytes(32),
  /** Metering is asked how often an integration was called. */
  GATEHOUSE_METERING_ADDRESS: field.address(),
  /** A gateway is asked to try credentials: it alone can open them. */
  GATEHOUSE_GATEWAY_ADDRESS: field.address(),
  GATEHOUSE_PRIVATE_HOSTS: field.privateHosts(),
  /** How long a connection may stay half made before it is given up. */
  GATEHOUSE_CONNECT_GRACE_MS: field.int({ min: 100, max: 86_400_000, fallback: 60_000 }),
};

export const readRegistryConfig = (env: NodeJS.ProcessEnv = process.env) => readConfig(fields, env);
export type RegistryConfig = ReturnType<typeof readRegistryConfig>;
