import { PrivateHosts, TrustedProxies } from '@gatehouse/hosts';
import { z } from 'zod';
import { busFault, storeFault } from './engine-address';
import { settingFrom } from './settings-from-files';

/** Thrown at boot; lists every fault by the variable's name and prints no value. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`Configuration is not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/**
 * Reads the environment once, by a zod object whose keys are the variables' names. Each may instead be in a file that
 * `<NAME>_FILE` names; both at once are a fault. What is empty counts as not given.
 */
export const readConfig = <Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv = process.env,
): z.infer<z.ZodObject<Shape>> => {
  const faults: string[] = [];
  const settings = new Map(Object.keys(shape).map((name) => [name, settingOf(name, env, faults)]));
  if (faults.length > 0) throw new ConfigError(faults);
  const parsed = z.object(shape).safeParse(Object.fromEntries(settings));
  const issues = parsed.error?.issues ?? [];
  faults.push(...issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
  faults.push(...identityFaults(settings), ...ALL_OR_NONE.flatMap((names) => partFaults(settings, names)));
  if (parsed.success && faults.length === 0) return parsed.data;
  throw new ConfigError(faults);
};

const TLS_FILES = ['GATEHOUSE_TLS_CERT_FILE', 'GATEHOUSE_TLS_KEY_FILE', 'GATEHOUSE_TLS_CA_FILE'];
const TOKENS = ['GATEHOUSE_SERVICE_TOKEN', 'GATEHOUSE_SERVICE_TOKEN_HASHES'];

/**
 * Who we are is told by certificates or by tokens. Of the TLS files all are needed or none: with a part of them it would
 * not be clear whether plain text is meant.
 */
const identityFaults = (settings: ReadonlyMap<string, string | undefined>): string[] => {
  const missing = (names: readonly string[]): string[] =>
    names.filter((name) => settings.has(name) && settings.get(name) === undefined);
  return TLS_FILES.some((name) => settings.get(name) !== undefined)
    ? missing(TLS_FILES).map((name) => `${name}: is required, as TLS is configured`)
    : missing(TOKENS).map((name) => `${name}: is required, as TLS is not configured`);
};

const ALL_OR_NONE = [
  // A password goes over TLS only.
  ['GATEHOUSE_BUS_PASSWORD', 'GATEHOUSE_BUS_CA_FILE'],
  ['GATEHOUSE_HTTPS_CERT_FILE', 'GATEHOUSE_HTTPS_KEY_FILE'],
  ['GATEHOUSE_OIDC_ISSUER', 'GATEHOUSE_OIDC_CLIENT_ID', 'GATEHOUSE_OIDC_CLIENT_SECRET'],
  ['GATEHOUSE_OIDC_ISSUER', 'GATEHOUSE_OIDC_AUDIENCE', 'GATEHOUSE_OIDC_ROLES', 'GATEHOUSE_OIDC_ORGANIZATION'],
] as const;

const partFaults = (
  settings: ReadonlyMap<string, string | undefined>,
  names: (typeof ALL_OR_NONE)[number],
): string[] => {
  const known = names.filter((name) => settings.has(name));
  const missing = known.filter((name) => settings.get(name) === undefined);
  if (missing.length === known.length) return [];
  return missing.map((name) => `${name}: is required, as the other of ${known.join(' and ')} is set`);
};

const settingOf = (name: string, env: NodeJS.ProcessEnv, faults: string[]): string | undefined => {
  try {
    const inFile = settingFrom({ ...env, [name]: undefined }, name);
    if (env[name] && inFile !== undefined) faults.push(`${name}: is set, and ${name}_FILE too`);
    return env[name] || inFile;
  } catch {
    faults.push(`${name}_FILE: cannot be read`);
    return undefined;
  }
};

/** Text in which a judge finds no fault. */
const judged = (faultOf: (text: string) => string | undefined) =>
  z.string('is required').superRefine((text, context) => {
    const fault = faultOf(text);
    if (fault !== undefined) context.addIssue({ code: 'custom', message: fault });
  });

const PORT_MAX = 65_535;
const listenPattern = /^(\[[0-9a-fA-F:]+\]|[^:\s]+):(\d{1,5})$/;

/** The fields that services' configurations are made of. */
export const field = {
  /** `host:port`. */
  address: () =>
    z
      .string('is required')
      .refine((text) => Number(listenPattern.exec(text)?.[2]) <= PORT_MAX, 'must be host:port'),
  url: () => z.url({ error: ({ input }) => (input === undefined ? 'is required' : 'must be a URL') }),
  text: () => z.string('is required').min(1, 'must not be empty'),
  int: ({ min, max, fallback }: { min: number; max: number; fallback: number }) =>
    z.coerce
      .number('must be a number')
      .int('must be a whole number')
      .min(min, `must be at least ${min}`)
      .max(max, `must be at most ${max}`)
      .default(fallback),
  choice: <T extends string>(choices: readonly [T, ...T[]], fallback: T) =>
    z.enum(choices, `must be one of ${choices.join(', ')}`).default(fallback),
  /** `name=choice`, separated by commas. */
  choices: <T extends string>(choices: readonly [T, ...T[]]) =>
    z.string('is required').transform((text, context) => {
      const chosen = new Map<string, T>();
      for (const entry of text.split(',').map((one) => one.trim())) {
        const at = entry.lastIndexOf('=');
        const choice = choices.find((one) => one === entry.slice(at + 1));
        if (at < 1 || choice === undefined || chosen.has(entry.slice(0, at))) {
          const message = `must be name=${choices.join('|')}, separated by commas, each name once`;
          context.addIssue({ code: 'custom', message });
          return z.NEVER;
        }
        chosen.set(entry.slice(0, at), choice);
      }
      return chosen;
    }),
  /** Where events are kept. */
  store: () => judged(storeFault),
  /** What carries messages between services. */
  bus: () => judged(busFault),
  /** The networks and names that integrations may reach beside the public internet; none where it is not set. */
  privateHosts: () =>
    z
      .string()
      .default('')
      .transform((list, context) => {
        const hosts = PrivateHosts.parse(list);
        if (hosts !== undefined) return hosts;
        context.addIssue({
          code: 'custom',
          message:
            'must be networks (10.0.0.0/8, fd00::/8), addresses and names (vllm, *.corp.example), separated by commas',
        });
        return z.NEVER;
      }),
  /** Who may say whom they speak for; nobody where it is not set. */
  trustedProxies: () =>
    z
      .string()
      .default('')
      .transform((list, context) => {
        const proxies = TrustedProxies.parse(list);
        if (proxies !== undefined) return proxies;
        const message = 'must be addresses and networks (10.0.0.0/8, fd00::/8), separated by commas';
        context.addIssue({ code: 'custom', message });
        return z.NEVER;
      }),
  /** The first of a list that is separated by commas: the others are on their way out. */
  firstOf: () =>
    z
      .string('is required')
      .transform((text) => text.split(',')[0]?.trim() ?? '')
      .refine((first) => first !== '', 'must not be empty'),
  /** Secrets of exactly so many bytes each, in base64, separated by commas; the newest first. */
  secrets: (length: number) =>
    z
      .string('is required')
      .transform((text) => text.split(',').map((one) => Buffer.from(one.trim(), 'base64')))
      .refine(
        (all) => all.every((bytes) => bytes.length === length),
        `must be ${length} bytes in base64, or several such, separated by commas`,
      ),
  /** Exactly so many bytes, in base64. */
  bytes: (length: number) =>
    z
      .string('is required')
      .transform((text) => Buffer.from(text, 'base64'))
      .refine((bytes) => bytes.length === length, `must be ${length} bytes in base64`),
  /** `name=<sha256 hex>,…`; several of one name while its token is being changed. */
  tokenHashes: () =>
    z.string('is required').transform((text, context) => {
      const hashes = new Map<string, readonly string[]>();
      for (const entry of text.split(',')) {
        const match = /^([a-z]+)=([0-9a-f]{64})$/.exec(entry.trim());
        if (match?.[1] === undefined || match[2] === undefined) {
          context.addIssue({ code: 'custom', message: 'must be name=<sha256 hex>, separated by commas' });
          return z.NEVER;
        }
        hashes.set(match[1], [...(hashes.get(match[1]) ?? []), match[2]]);
      }
      return hashes;
    }),
} as const;

/** Who we are on the network, and whom we believe. Plain text without them: for one machine. */
export const tlsFields = {
  GATEHOUSE_TLS_CERT_FILE: field.text().optional(),
  GATEHOUSE_TLS_KEY_FILE: field.text().optional(),
  GATEHOUSE_TLS_CA_FILE: field.text().optional(),
};

/** What browsers and clients of HTTP are shown. Plain HTTP without them. */
export const httpsFields = {
  GATEHOUSE_HTTPS_CERT_FILE: field.text().optional(),
  GATEHOUSE_HTTPS_KEY_FILE: field.text().optional(),
};

/** What carries messages, and who we are to it. */
export const busFields = {
  GATEHOUSE_BUS: field.bus().default('postgres'),
  /** Of our user at Kafka, by SCRAM-SHA-512; without it nobody is asked for, and messages go in plain text. */
  GATEHOUSE_BUS_PASSWORD: field.text().optional(),
  /** Whoever it signed is believed to be a broker of ours. */
  GATEHOUSE_BUS_CA_FILE: field.text().optional(),
};

/** What every service that serves gRPC reads. */
export const commonFields = {
  ...tlsFields,
  /** Whether callers with API keys must show a certificate. Services and the operator always must. */
  GATEHOUSE_TLS_CLIENT_CERTIFICATES: field.choice(['optional', 'required'], 'optional'),
  GATEHOUSE_GRPC_LISTEN: field.address(),
  GATEHOUSE_LOG_LEVEL: field.choice(['trace', 'debug', 'info', 'warn', 'error'], 'info'),
  GATEHOUSE_DATABASE_URL: field.url(),
  GATEHOUSE_STORE: field.store().default('postgres'),
  ...busFields,
  /** Several while it is being changed: the first is for new keys. */
  GATEHOUSE_KEY_PEPPER: field.secrets(32),
  /** What others' tokens are known by. Over TLS there are certificates instead. */
  GATEHOUSE_SERVICE_TOKEN_HASHES: field.tokenHashes().optional(),
};

/** What those read that ask other services. */
export const callerFields = {
  /** Proves who we are: of several, separated by commas, the first. Over TLS our certificate does. */
  GATEHOUSE_SERVICE_TOKEN: field.firstOf().optional(),
};

/** What those read that take commands. */
export const commandFields = {
  ...commonFields,
  /** Keys derive from it by purpose; the same in every process of an installation, for ever. */
  GATEHOUSE_INSTALLATION_SECRET: field.bytes(32),
};
