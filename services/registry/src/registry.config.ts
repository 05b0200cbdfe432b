import { callerFields, commandFields, field, readConfig } from '@gatehouse/config';

const fields = {
  ...commandFields,
  ...callerFields,
  /** Raised by one, every integration gets a new key, and the earlier ones are destroyed. */
  GATEHOUSE_VAULT_KEY_EPOCH: field.int({ min: 1, max: 999_999_999, fallback: 1 }),
  GATEHOUSE_FINGERPRINT_KEY: field.bytes(32),
  /** Metering is asked how often an integration was called. */
  GATEHOUSE_METERING_ADDRESS: field.address(),
  /** Provisioning decides on what wants a second admin. */
  GATEHOUSE_PROVISIONING_ADDRESS: field.address(),
  /** A gateway is asked to try credentials: it alone can open them. */
  GATEHOUSE_GATEWAY_ADDRESS: field.address(),
  GATEHOUSE_PRIVATE_HOSTS: field.privateHosts(),
  /** Where prices are refreshed from: a URL, or the path of a file. Unset: they are those that come with the product. */
  GATEHOUSE_PRICE_SOURCE: field.text().optional(),
  GATEHOUSE_PRICE_REFRESH_MS: field.int({ min: 1_000, max: 2_147_483_647, fallback: 86_400_000 }),
  /** How many times dearer or cheaper a price may become in one refresh. */
  GATEHOUSE_PRICE_JUMP_MAX: field.int({ min: 1, max: 1_000_000, fallback: 10 }),
  /** How long a connection may stay half made before it is given up. */
  GATEHOUSE_CONNECT_GRACE_MS: field.int({ min: 100, max: 86_400_000, fallback: 60_000 }),
};

export const readRegistryConfig = (env: NodeJS.ProcessEnv = process.env) => readConfig(fields, env);
export type RegistryConfig = ReturnType<typeof readRegistryConfig>;
