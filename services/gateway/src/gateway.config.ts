import {
  busFields,
  callerFields,
  commonFields,
  field,
  httpsFields,
  readConfig,
  tlsFields,
} from '@gatehouse/config';
import { jsonIn } from '@gatehouse/kernel';
import { secretGrantsSchema } from '@gatehouse/secret-references';
import { KEY_PROVIDER_KINDS, type KeyProviderKind } from '@gatehouse/sealing';
import { z } from 'zod';
import { workers } from './fleet.config';

const headerNames = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((name) => name.trim().toLowerCase())
      .filter((name) => name !== ''),
  )
  .refine(
    (names) => names.every((name) => /^[a-z0-9-]+\*?$/.test(name)),
    'must be header names, separated by commas',
  );

/** An origin is compared letter by letter with what browsers send: lower case, no path, no port that is the scheme's own. */
const origins = z
  .string()
  .default('')
  .transform((text) =>
    text
      .split(',')
      .map((origin) => origin.trim())
      .filter((origin) => origin !== ''),
  )
  .refine(
    (listed) => listed.every((origin) => origin === '*' || originOf(origin) === origin),
    'must be origins (https://app.example), or *, separated by commas',
  );

const originOf = (text: string): string | undefined =>
  /^https?:/.test(text) && URL.canParse(text) ? new URL(text).origin : undefined;

const lentIdentity = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('managed-identity'), clientId: z.string().exactOptional() }),
  z.strictObject({ kind: z.literal('workload-identity'), tenantId: z.string(), clientId: z.string() }),
  z.strictObject({ kind: z.literal('gateway-role') }),
]);

const gatewayRole = z.discriminatedUnion('kind', [
  z.strictObject({
    kind: z.literal('keys'),
    keys: z.strictObject({
      accessKeyId: z.string(),
      secretAccessKey: z.string(),
      sessionToken: z.string().exactOptional(),
    }),
  }),
  z.strictObject({
    kind: z.literal('web-identity'),
    roleArn: z.string(),
    tokenFile: z.string(),
    region: z.string(),
  }),
  z.strictObject({ kind: z.literal('instance-role') }),
]);

/** JSON of a shape. What is wrong with it is not said: it may hold a secret. */
const json = <T>(shape: z.ZodType<T>, fallback: T) =>
  z
    .string()
    .optional()
    .transform((text, context): T => {
      if (text === undefined) return fallback;
      const parsed = shape.safeParse(jsonIn(text));
      if (parsed.success) return parsed.data;
      context.addIssue({ code: 'custom', message: 'must be JSON as the README of the gateway shows it' });
      return z.NEVER;
    });

const isKind = (kind: string): kind is KeyProviderKind => KEY_PROVIDER_KINDS.some((one) => one === kind);

const keyProviders = z
  .string()
  .default('local')
  .transform((text, context) => {
    const kinds = text.split(',').map((kind) => kind.trim());
    if (kinds.every(isKind) && new Set(kinds).size === kinds.length) return kinds;
    const message = `must be some of ${KEY_PROVIDER_KINDS.join(', ')}, each once, separated by commas`;
    context.addIssue({ code: 'custom', message });
    return z.NEVER;
  });

/** Of requests, from 0 to 1. */
const share = z
  .string()
  .default('0.01')
  .transform((text, context) => {
    const of = Number(text);
    if (of >= 0 && of <= 1) return of;
    context.addIssue({ code: 'custom', message: 'must be a number from 0 to 1' });
    return z.NEVER;
  });

const fields = {
  ...tlsFields,
  ...callerFields,
  ...busFields,
  ...httpsFields,
  GATEHOUSE_HTTP_LISTEN: field.address(),
  /** Processes that serve as this gateway: a number, or `cores` for as many as there are. */
  GATEHOUSE_WORKERS: workers,
  /** Where metrics are read; nowhere by default. Whoever reaches it may read them. */
  GATEHOUSE_METRICS_LISTEN: field.address().optional(),
  /** Where other services ask it; nobody else is let in. */
  GATEHOUSE_GRPC_LISTEN: commonFields.GATEHOUSE_GRPC_LISTEN,
  GATEHOUSE_SERVICE_TOKEN_HASHES: commonFields.GATEHOUSE_SERVICE_TOKEN_HASHES,
  GATEHOUSE_LOG_LEVEL: commonFields.GATEHOUSE_LOG_LEVEL,
  GATEHOUSE_DATABASE_URL: commonFields.GATEHOUSE_DATABASE_URL,
  GATEHOUSE_KEY_PEPPER: commonFields.GATEHOUSE_KEY_PEPPER,
  GATEHOUSE_REGISTRY_ADDRESS: field.address(),
  GATEHOUSE_PROVISIONING_ADDRESS: field.address(),
  GATEHOUSE_METERING_ADDRESS: field.address(),
  /** Where the console listens: what is the console's is handed on to it. Without it the gateway has no admin API. */
  GATEHOUSE_CONSOLE_ADDRESS: field.address().optional(),
  /** The console is asked over HTTPS, and has to show what one of these authorities signed. Plain HTTP without it. */
  GATEHOUSE_CONSOLE_CA_FILE: field.text().optional(),
  /** Where keys of integrations are made and kept: the first of the list makes new ones, the others open what they made. */
  GATEHOUSE_KEY_PROVIDER: keyProviders,
  /** Of the provider `local`: one directory that all gateways share. */
  GATEHOUSE_KEY_DIR: field.text().optional(),
  GATEHOUSE_AWS_KMS_REGION: field.text().optional(),
  GATEHOUSE_AWS_KMS_ENDPOINT: field.url().optional(),
  GATEHOUSE_AWS_KMS_PENDING_DAYS: field.int({ min: 7, max: 30, fallback: 30 }),
  GATEHOUSE_TRANSIT_ADDRESS: field.url().optional(),
  GATEHOUSE_TRANSIT_MOUNT: field.text().default('transit'),
  GATEHOUSE_TRANSIT_NAMESPACE: field.text().optional(),
  /** Read for every request to Vault. */
  GATEHOUSE_TRANSIT_TOKEN_PATH: field.text().optional(),
  /** Vault keys from before integrations had their own, as files, separated by commas: until nothing is left under them. */
  GATEHOUSE_VAULT_PRIVATE_KEY_FILE: field.text().optional(),
  GATEHOUSE_REWRAP_EVERY_MS: field.int({ min: 100, max: 86_400_000, fallback: 60_000 }),
  /** Journal, last configuration and sealed credentials. One process at a time. */
  GATEHOUSE_DATA_DIR: field.text(),
  GATEHOUSE_BODY_BYTES_MAX: field.int({ min: 1_024, max: 1_073_741_824, fallback: 33_554_432 }),
  /** What all bodies in flight may take together; those of one key a quarter of it. */
  GATEHOUSE_BODIES_BYTES_MAX: field.int({ min: 4_096, max: 68_719_476_736, fallback: 536_870_912 }),
  /** One in so many requests that end well has a line in the log; 0: none has. */
  GATEHOUSE_LOG_ONE_REQUEST_IN: field.int({ min: 0, max: 1_000_000_000, fallback: 100 }),
  /** Of a collector, which is told of spans by OTLP over HTTP; nobody is by default. */
  OTEL_EXPORTER_OTLP_ENDPOINT: field.url().optional(),
  /** Of requests whose clients do not say whether they are sampled. */
  OTEL_TRACES_SAMPLER_ARG: share,
  /** Milliseconds in which a client has to send its head, which no byte of it puts off. */
  GATEHOUSE_HEAD_DEADLINE_MS: field.int({ min: 100, max: 3_600_000, fallback: 30_000 }),
  GATEHOUSE_BODY_DEADLINE_MS: field.int({ min: 100, max: 3_600_000, fallback: 60_000 }),
  GATEHOUSE_ANSWER_BYTES_MAX: field.int({ min: 1_024, max: 1_073_741_824, fallback: 67_108_864 }),
  GATEHOUSE_WAIT_MS: field.int({ min: 0, max: 30_000, fallback: 2_000 }),
  GATEHOUSE_OUTPUT_DEFAULT: field.int({ min: 1, max: 1_000_000, fallback: 4_096 }),
  GATEHOUSE_OUTPUT_FLOOR: field.int({ min: 1, max: 1_000_000, fallback: 256 }),
  GATEHOUSE_CONNECT_TIMEOUT_MS: field.int({ min: 10, max: 600_000, fallback: 5_000 }),
  GATEHOUSE_HEADERS_TIMEOUT_MS: field.int({ min: 100, max: 3_600_000, fallback: 600_000 }),
  GATEHOUSE_IDLE_TIMEOUT_MS: field.int({ min: 100, max: 3_600_000, fallback: 300_000 }),
  GATEHOUSE_REQUEST_DEADLINE_MS: field.int({ min: 100, max: 86_400_000, fallback: 1_800_000 }),
  GATEHOUSE_UPSTREAM_CONNECTIONS_MAX: field.int({ min: 1, max: 65_535, fallback: 8_192 }),
  GATEHOUSE_DRAIN_MS: field.int({ min: 0, max: 3_600_000, fallback: 30_000 }),
  GATEHOUSE_FORWARD_HEADERS: headerNames,
  /** Whose pages may call from a browser. */
  GATEHOUSE_CORS_ORIGINS: origins,
  GATEHOUSE_PRIVATE_HOSTS: field.privateHosts(),
  /** Which organization may act as which identity of the machine, as JSON; nobody by default. */
  GATEHOUSE_LENT_IDENTITIES: json(z.record(z.string(), z.array(lentIdentity)), {}),
  /** The token that the cluster writes for this workload, which Entra takes. */
  GATEHOUSE_FEDERATED_TOKEN_FILE: field.text().optional(),
  /** Where the gateway's own AWS identity comes from, as JSON. */
  GATEHOUSE_GATEWAY_ROLE: json(gatewayRole.optional(), undefined),
  /** Which secrets that others keep an organization may name, as JSON; none by default. */
  GATEHOUSE_SECRET_GRANTS: json(secretGrantsSchema, {}),
  /** `https://vault.example:8200`. Without it no secret of HashiCorp Vault can be named. */
  GATEHOUSE_HASHICORP_VAULT_ADDRESS: z.url({ protocol: /^https?$/ }).optional(),
  GATEHOUSE_HASHICORP_VAULT_TOKEN_FILE: field.text().optional(),
  GATEHOUSE_HASHICORP_VAULT_NAMESPACE: field.text().optional(),
};

/** Errors: ConfigError. */
export const readGatewayConfig = (env: NodeJS.ProcessEnv = process.env) => readConfig(fields, env);
export type GatewayConfig = ReturnType<typeof readGatewayConfig>;
