import { availableParallelism } from 'node:os';
import { commonFields, field, readConfig } from '@gatehouse/config';
import { z } from 'zod';

const WORKERS_MAX = 256;

/** Processes that serve. */
export const workers = z
  .string()
  .default('1')
  .transform((text, context) => {
    const count = text === 'cores' ? availableParallelism() : Number(text);
    if (Number.isInteger(count) && count >= 1) return Math.min(count, WORKERS_MAX);
    context.addIssue({ code: 'custom', message: 'must be a number from 1, or cores' });
    return z.NEVER;
  });

/** What the primary has to know; whatever else there is it leaves to its workers. Errors: ConfigError. */
export const readFleetConfig = (env: NodeJS.ProcessEnv = process.env) =>
  readConfig(
    {
      GATEHOUSE_WORKERS: workers,
      GATEHOUSE_DATA_DIR: field.text(),
      GATEHOUSE_METRICS_LISTEN: field.address().optional(),
      GATEHOUSE_LOG_LEVEL: commonFields.GATEHOUSE_LOG_LEVEL,
    },
    env,
  );
export type FleetConfig = ReturnType<typeof readFleetConfig>;

/** Settings by which workers find files, as they are written: workers say what is wrong with them. Errors: ConfigError. */
export const readWorkerFiles = (env: NodeJS.ProcessEnv) => {
  const text = field.text().optional();
  return readConfig(
    {
      GATEHOUSE_DATA_DIR: field.text(),
      GATEHOUSE_DATABASE_URL: text,
      GATEHOUSE_KEY_DIR: text,
      GATEHOUSE_KEY_PROVIDER: text,
      GATEHOUSE_SECRET_GRANTS: text,
      GATEHOUSE_GATEWAY_ROLE: text,
    },
    env,
  );
};
