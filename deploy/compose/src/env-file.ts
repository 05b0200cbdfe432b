import { randomBytes } from 'node:crypto';
import { appendFileSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { newSecrets, type Secrets } from '@gatehouse/launcher';
import { databasePasswordVariable, kafkaPasswordVariable, SERVICE_NAMES } from '@gatehouse/topology';
import type { ComposeFiles } from './compose-files';

export interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
}

/** A key's owner where the files are made by root, whom no container of ours runs as. */
const CONTAINER_USER: ContainerUser = { uid: 1000, gid: 1000 };

/**
 * Makes the env file and the directory of integrations' keys, both for their owner only. Where they are, it adds what a
 * later version of the product needs and changes nothing else, since what was sealed or hashed under the old ones would be
 * lost. Answers the names of the variables that it wrote.
 */
export const makeEnvFile = (files: ComposeFiles): readonly string[] => {
  if (existsSync(files.env)) return complete(files);
  if (existsSync(files.keys)) {
    throw new Error(
      `${files.keys} is there, but ${files.env} is not: bring it back, or move the keys away as well`,
    );
  }
  const user = containerUser();
  makeKeyDirectory(files, user);
  const variables = variablesOf(newSecrets(), files, user);
  writeFileSync(files.env, envText(variables), { flag: 'wx', mode: 0o600 });
  return Object.keys(variables);
};

const makeKeyDirectory = ({ directory, keys }: ComposeFiles, user: ContainerUser): void => {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  mkdirSync(keys, { mode: 0o700 });
  if (process.getuid?.() === 0) chownSync(keys, user.uid, user.gid);
};

/** The variables of an env file as it was made. Errors: Error where it was not. */
export const readEnvFile = (path: string): ReadonlyMap<string, string> => {
  if (!existsSync(path)) throw new Error(`${path} is not there: run npm run compose:secrets first`);
  return new Map(
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).trim()]),
  );
};

/** Adds settings of docker-compose.yml to an env file. */
export const setVariables = (path: string, variables: Readonly<Record<string, string>>): void =>
  appendFileSync(
    path,
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );

/** What docker-compose.yml takes from the env file. */
const variablesOf = (
  secrets: Secrets,
  { tls, keys }: ComposeFiles,
  user: ContainerUser,
): Readonly<Record<string, string>> => ({
  GATEHOUSE_POSTGRES_PASSWORD: secrets.superuserPassword,
  ...Object.fromEntries(
    SERVICE_NAMES.map((name) => [databasePasswordVariable(name), secrets.databasePasswords[name]]),
  ),
  ...Object.fromEntries(
    SERVICE_NAMES.map((name) => [kafkaPasswordVariable(name), randomBytes(32).toString('base64url')]),
  ),
  GATEHOUSE_KEY_PEPPER: secrets.keyPepper,
  GATEHOUSE_FINGERPRINT_KEY: secrets.fingerprintKey,
  GATEHOUSE_INSTALLATION_SECRET: secrets.installationSecret,
  GATEHOUSE_KEY_PATH: keys,
  GATEHOUSE_TLS_PATH: tls,
  GATEHOUSE_CONTAINER_USER: `${user.uid}:${user.gid}`,
  GATEHOUSE_SIMULATOR_CREDENTIAL: secrets.simulatorCredential,
});

const envText = (variables: Readonly<Record<string, string>>): string =>
  [
    '# Made by `npm run compose:secrets`, for this installation alone. Losing it loses every API key; losing the',
    '# keys of integrations loses every stored credential. Settings of docker-compose.yml may be added below.',
    ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
    '',
  ].join('\n');

/** Without these what is stored cannot be read or reached any more: a new one would not help. */
const IRREPLACEABLE = ['GATEHOUSE_POSTGRES_PASSWORD', 'GATEHOUSE_KEY_PEPPER', 'GATEHOUSE_FINGERPRINT_KEY'];

const complete = (files: ComposeFiles): readonly string[] => {
  const { env, keys } = files;
  const there = readEnvFile(env);
  const lost = IRREPLACEABLE.filter((name) => !there.get(name));
  if (lost.length > 0) throw new Error(`${env} is there, but has no ${lost.join(', ')}`);
  const isNew = !there.get('GATEHOUSE_KEY_PATH');
  if (!isNew && !existsSync(there.get('GATEHOUSE_KEY_PATH') ?? keys)) {
    throw new Error(
      `${there.get('GATEHOUSE_KEY_PATH')} is gone: without it no stored credential can be opened`,
    );
  }
  if (isNew) makeKeyDirectory(files, containerUserIn(env, containerUser()));
  const wanted = variablesOf(newSecrets(), files, containerUser());
  const added = Object.entries(wanted).filter(([name]) => !there.get(name));
  setVariables(env, Object.fromEntries(added));
  return added.map(([name]) => name);
};

/** The user that our containers run as, as the env file says. */
export const containerUserIn = (env: string, fallback?: ContainerUser): ContainerUser => {
  const [, uid, gid] = /^(\d+):(\d+)$/.exec(readEnvFile(env).get('GATEHOUSE_CONTAINER_USER') ?? '') ?? [];
  if (uid === undefined && fallback !== undefined) return fallback;
  if (uid === undefined || gid === undefined)
    throw new Error(`${env} has no GATEHOUSE_CONTAINER_USER of the form uid:gid`);
  return { uid: Number(uid), gid: Number(gid) };
};

/** Whoever makes the files also owns the keys; our containers run as their owner. */
const containerUser = (): ContainerUser => {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  return uid === undefined || uid === 0 || gid === undefined ? CONTAINER_USER : { uid, gid };
};
