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
  /** The identity provider that people sign in by, as it writes itself. Unset: by none. */
  GATEHOUSE_OIDC_ISSUER: field.url().optional(),
  GATEHOUSE_OIDC_CLIENT_ID: field.text().optional(),
  GATEHOUSE_OIDC_CLIENT_SECRET: field.text().optional(),
  /** What the page calls it. */
  GATEHOUSE_OIDC_NAME: field.text().default('single sign-on'),
  /** Where the provider may be beside the public internet. */
  GATEHOUSE_PRIVATE_HOSTS: field.privateHosts(),
};

/** The client's secret lets nobody in by itself: the console asks by what its callers present. Errors: ConfigError. */
export const readConsoleConfig = (env: NodeJS.ProcessEnv = process.env) => readConfig(fields, env);
export type ConsoleConfig = ReturnType<typeof readConsoleConfig>;
