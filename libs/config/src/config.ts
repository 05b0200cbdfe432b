import { z } from 'zod';

/** Thrown at boot; lists every fault by the variable's name and prints no value. */
export class ConfigError extends Error {
  constructor(readonly faults: readonly string[]) {
    super(`Configuration is not usable:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

/** Reads the environment once, by a zod object whose keys are the variables' names. */
export const readConfig = <Shape extends z.ZodRawShape>(
  shape: Shape,
  env: NodeJS.ProcessEnv = process.env,
): z.infer<z.ZodObject<Shape>> => {
  const parsed = z.object(shape).safeParse(env);
  if (parsed.success) return parsed.data;
  throw new ConfigError(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`));
};

const listenPattern = /^(\[[0-9a-fA-F:]+\]|[^:\s]+):(\d{1,5})$/;

/** The fields that services' configurations are made of. */
export const field = {
  /** `host:port`. */
  address: () => z.string('is required').regex(listenPattern, 'must be host:port'),
  url: () => z.url('must be a URL'),
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
  /** Exactly so many bytes, in base64. */
  bytes: (length: number) =>
    z
      .string('is required')
      .transform((text) => Buffer.from(text, 'base64'))
      .refine((bytes) => bytes.length === length, `must be ${length} bytes in base64`),
  /** `name=<sha256 hex>,…` */
  tokenHashes: () =>
    z.string('is required').transform((text, context) => {
      const hashes = new Map<string, string>();
      for (const entry of text.split(',')) {
        const match = /^([a-z]+)=([0-9a-f]{64})$/.exec(entry.trim());
        if (match?.[1] === undefined || match[2] === undefined) {
          context.addIssue({ code: 'custom', message: 'must be name=<sha256 hex>, separated by commas' });
          return z.NEVER;
        }
        hashes.set(match[1], match[2]);
      }
      return hashes;
    }),
} as const;

/** What every service that serves gRPC reads. */
export const commonFields = {
  GATEHOUSE_GRPC_LISTEN: field.address(),
  GATEHOUSE_LOG_LEVEL: field.choice(['trace', 'debug', 'info', 'warn', 'error'], 'info'),
  GATEHOUSE_DATABASE_URL: field.url(),
  GATEHOUSE_STORE: field.text().default('postgres'),
  GATEHOUSE_BUS: field.text().default('postgres'),
  GATEHOUSE_KEY_PEPPER: field.bytes(32),
  GATEHOUSE_SERVICE_TOKEN: field.text(),
  GATEHOUSE_SERVICE_TOKEN_HASHES: field.tokenHashes(),
};

/** What those read that take commands. */
export const commandFields = {
  ...commonFields,
  /** Keys derive from it by purpose; the same in every process of an installation, for ever. */
  GATEHOUSE_INSTALLATION_SECRET: field.bytes(32),
};
