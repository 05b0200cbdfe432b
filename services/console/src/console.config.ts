import { field, httpsFields, readConfig, tlsFields } from '@gatehouse/config';

const fields = {
  ...tlsFields,
  ...httpsFields,
  /** Proxies before the console that speak HTTPS with browsers: whom they speak for, and how, is what they say. */
  GATEHOUSE_TRUSTED_PROXIES: field.trustedProxies(),
  GATEHOUSE_HTTP_LISTEN: field.address(),
  GATEHOUSE_LOG_LEVEL: field.choice(['trace', 'debug', 'info', 'warn', 'error'], 'info'),
  GATEHOUSE_REGISTRY_ADDRESS: field.address(),
  GATEHOUSE_PROVISIONING_ADDRESS: field.address(),
  GATEHOUSE_METERING_ADDRESS: field.address(),
  GATEHOUSE_AUDIT_ADDRESS: field.address(),
};

/** Nothing in it is secret: the console asks by the keys of its callers. Errors: ConfigError. */
export const readConsoleConfig = (env: NodeJS.ProcessEnv = process.env) => readConfig(fields, env);
export type ConsoleConfig = ReturnType<typeof readConsoleConfig>;
