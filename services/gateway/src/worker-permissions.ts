import { homedir } from 'node:os';
import { join } from 'node:path';
import { jsonIn } from '@gatehouse/kernel';
import { z } from 'zod';
import type { Permissions } from './adapters/posix/permission-flags';
import { ownPathsIn } from './adapters/vault/own-paths';
import { readWorkerFiles } from './fleet.config';

/** Variables of others by which libraries find files: of AWS, of OpenTelemetry, of Postgres. */
const NAMES_A_FILE = /^(AWS_\w+_FILE|OTEL_EXPORTER_OTLP_\w*(CERTIFICATE|CLIENT_KEY)|PGPASSFILE)$/;
/** Parameters of a database's URL that do. */
const OF_DATABASE = ['sslrootcert', 'sslcert', 'sslkey'] as const;
/** By which a journal knows that the machine has started anew. */
const BOOT_ID = '/proc/sys/kernel/random/boot_id';

const grants = z.record(z.string(), z.looseObject({ file: z.array(z.string()).optional() }));
const role = z.looseObject({ tokenFile: z.string().optional() });

/**
 * What the settings let workers read and write, beside their code and what is in their slots: keys of integrations, which they make and
 * destroy, certificates, tokens, and secrets that organizations may name. Errors: ConfigError.
 */
export const workerPermissions = (
  env: NodeJS.ProcessEnv,
): Required<Pick<Permissions, 'reads' | 'writes'>> => {
  const settings = readWorkerFiles(env);
  const { GATEHOUSE_DATA_DIR: dataDir, GATEHOUSE_KEY_DIR: keys } = settings;
  const named = ownPathsIn(env).filter((path) => path !== dataDir && path !== keys);
  const ofOthers = Object.entries(env).flatMap(([name, path]) =>
    path && NAMES_A_FILE.test(name) ? [path] : [],
  );
  const granted = Object.values(partOf(grants, settings.GATEHOUSE_SECRET_GRANTS) ?? {});
  const token = partOf(role, settings.GATEHOUSE_GATEWAY_ROLE)?.tokenFile;
  const ofAws = settings.GATEHOUSE_KEY_PROVIDER?.includes('aws-kms') ? [join(homedir(), '.aws')] : [];
  return {
    reads: [
      ...[BOOT_ID, ...named, ...ofOthers, ...databaseFiles(settings.GATEHOUSE_DATABASE_URL), ...ofAws],
      ...granted.flatMap(({ file }) => file ?? []),
      ...(token === undefined ? [] : [token]),
    ],
    writes: keys === undefined ? [] : [keys],
  };
};

/** Undefined where it is not there, or not what it should be: workers refuse that in words of their own. */
const partOf = <T>(shape: z.ZodType<T>, text: string | undefined): T | undefined =>
  text === undefined ? undefined : shape.safeParse(jsonIn(text)).data;

const databaseFiles = (url = ''): readonly string[] => {
  const parameters = URL.canParse(url) ? new URL(url).searchParams : new URLSearchParams();
  return OF_DATABASE.flatMap((name) => parameters.get(name) ?? []);
};
