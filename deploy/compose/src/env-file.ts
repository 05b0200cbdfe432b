import { appendFileSync, chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { IDENTITIES, newSecrets, type Secrets, tokenHashes } from '@gatehouse/launcher';
import { DATABASE_SERVICES } from '@gatehouse/migrations';
import type { ComposeFiles } from './compose-files';

/** A key's owner where the files are made by root, whom no container of ours runs as. */
const CONTAINER_USER = { uid: 1000, gid: 1000 };

/**
 * Makes the env file and the vault's private key, both for their owner only. False: they were there, and nothing was
 * changed. Fails rather than change either: what was sealed or hashed under the old ones would be lost.
 */
export const makeEnvFile = (files: ComposeFiles): boolean => {
  if (existsSync(files.env)) {
    refuseIncomplete(files);
    return false;
  }
  if (existsSync(files.vaultPrivateKey)) {
    throw new Error(
      `${files.vaultPrivateKey} is there, but ${files.env} is not: bring it back, or move the key away as well`,
    );
  }
  const { secrets, vaultPrivateKey } = newSecrets();
  const user = containerUser();
  mkdirSync(files.directory, { recursive: true, mode: 0o700 });
  // The private key first: whoever has its public half then has it.
  writeFileSync(files.vaultPrivateKey, vaultPrivateKey, { flag: 'wx', mode: 0o600 });
  if (process.getuid?.() === 0) chownSync(files.vaultPrivateKey, user.uid, user.gid);
  writeFileSync(files.env, envText(secrets, files.vaultPrivateKey, user), { flag: 'wx', mode: 0o600 });
  return true;
};

/** The variables of an env file as it was made. */
export const readEnvFile = (path: string): ReadonlyMap<string, string> =>
  new Map(
    readFileSync(path, 'utf8')
      .split('\n')
      .filter((line) => /^\w+=/.test(line))
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1).trim()]),
  );

/** Adds settings of docker-compose.yml to an env file. */
export const setVariables = (path: string, variables: Readonly<Record<string, string>>): void =>
  appendFileSync(
    path,
    Object.entries(variables)
      .map(([name, value]) => `${name}=${value}\n`)
      .join(''),
  );

/** What docker-compose.yml takes from the env file. */
const variablesOf = (secrets: Secrets, vaultPrivateKeyPath: string, user: ContainerUser) => ({
  GATEHOUSE_POSTGRES_PASSWORD: secrets.superuserPassword,
  ...Object.fromEntries(
    DATABASE_SERVICES.map((name) => [databasePasswordVariable(name), secrets.databasePasswords[name]]),
  ),
  ...Object.fromEntries(IDENTITIES.map((name) => [serviceTokenVariable(name), secrets.serviceTokens[name]])),
  GATEHOUSE_SERVICE_TOKEN_HASHES: tokenHashes(secrets),
  GATEHOUSE_KEY_PEPPER: secrets.keyPepper,
  GATEHOUSE_FINGERPRINT_KEY: secrets.fingerprintKey,
  GATEHOUSE_VAULT_PUBLIC_KEY: secrets.vaultPublicKey,
  GATEHOUSE_VAULT_PRIVATE_KEY_PATH: vaultPrivateKeyPath,
  GATEHOUSE_CONTAINER_USER: `${user.uid}:${user.gid}`,
  GATEHOUSE_SIMULATOR_CREDENTIAL: secrets.simulatorCredential,
});

const databasePasswordVariable = (name: string): string =>
  `GATEHOUSE_${name.toUpperCase()}_DATABASE_PASSWORD`;
const serviceTokenVariable = (name: string): string => `GATEHOUSE_${name.toUpperCase()}_SERVICE_TOKEN`;

const envText = (secrets: Secrets, vaultPrivateKeyPath: string, user: ContainerUser): string =>
  [
    '# Made by `npm run compose:secrets`, for this installation alone. Losing it loses every API key; losing the',
    "# vault's private key loses every stored credential. Settings of docker-compose.yml may be added below.",
    ...Object.entries(variablesOf(secrets, vaultPrivateKeyPath, user)).map(
      ([name, value]) => `${name}=${value}`,
    ),
    '',
  ].join('\n');

const refuseIncomplete = ({ env, vaultPrivateKey }: ComposeFiles): void => {
  const there = readEnvFile(env);
  const { secrets } = newSecrets();
  const missing = Object.keys(variablesOf(secrets, '', CONTAINER_USER)).filter((name) => !there.get(name));
  if (missing.length > 0) throw new Error(`${env} is there, but has no ${missing.join(', ')}`);
  const key = there.get('GATEHOUSE_VAULT_PRIVATE_KEY_PATH') ?? vaultPrivateKey;
  if (!existsSync(key)) throw new Error(`${key} is gone: without it no stored credential can be opened`);
};

interface ContainerUser {
  readonly uid: number;
  readonly gid: number;
}

/** Whoever makes the files also owns the key; the gateway's container runs as its owner. */
const containerUser = (): ContainerUser => {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  return uid === undefined || uid === 0 || gid === undefined ? CONTAINER_USER : { uid, gid };
};
