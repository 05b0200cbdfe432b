import { createHash, randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { isDeepStrictEqual } from 'node:util';
import { generateVaultKeyPair } from '@gatehouse/sealing';
import { forEachName, IDENTITIES, type Identity, SERVICE_NAMES, type ServiceName } from '@gatehouse/topology';
import { readJsonFile, writeFileDurably, writeJsonFile } from './json-file';

/** Everything secret of one data directory but the vault's private key, which has a file of its own. Base64. */
export interface Secrets {
  readonly superuserPassword: string;
  readonly databasePasswords: Readonly<Record<ServiceName, string>>;
  readonly serviceTokens: Readonly<Record<Identity, string>>;
  readonly keyPepper: string;
  readonly fingerprintKey: string;
  /** Of the services that take commands: what they keep of request ids is keyed by it. */
  readonly installationSecret: string;
  readonly vaultPublicKey: string;
  /** What the gateway presents to the simulator; it opens nothing. */
  readonly simulatorCredential: string;
}

/**
 * Reads the secrets, or makes them at the first start; those that a later version of the product added are made when it
 * first starts. The private key is written before the file that names its
 * public half, so that whoever has the one has the other.
 */
export const ensureSecrets = (path: string, vaultPrivateKeyPath: string): Secrets => {
  const known = readJsonFile<Secrets>(path);
  if (known) {
    if (!existsSync(vaultPrivateKeyPath)) {
      throw new Error(`${vaultPrivateKeyPath} is gone: without it no stored credential can be opened`);
    }
    return completed(known, path);
  }
  const { secrets, vaultPrivateKey } = newSecrets();
  writeFileDurably(vaultPrivateKeyPath, vaultPrivateKey);
  writeJsonFile(path, secrets);
  return secrets;
};

/** What is missing is added; what is there stays, or what was made with it would be lost. */
const completed = (known: Secrets, path: string): Secrets => {
  const { secrets: fresh } = newSecrets();
  const all: Secrets = {
    ...fresh,
    ...known,
    databasePasswords: { ...fresh.databasePasswords, ...known.databasePasswords },
    serviceTokens: { ...fresh.serviceTokens, ...known.serviceTokens },
  };
  if (!isDeepStrictEqual(all, known)) writeJsonFile(path, all);
  return all;
};

/** Fresh random ones, and the text of the vault's private key file. */
export const newSecrets = (): { readonly secrets: Secrets; readonly vaultPrivateKey: string } => {
  const vault = generateVaultKeyPair();
  const secrets: Secrets = {
    superuserPassword: randomText(),
    databasePasswords: forEachName(SERVICE_NAMES, randomText),
    serviceTokens: forEachName(IDENTITIES, randomText),
    keyPepper: randomBytes(32).toString('base64'),
    fingerprintKey: randomBytes(32).toString('base64'),
    installationSecret: randomBytes(32).toString('base64'),
    vaultPublicKey: vault.publicKey.toString('base64'),
    simulatorCredential: `sim-${randomText()}`,
  };
  return { secrets, vaultPrivateKey: `${vault.privateKey.toString('base64')}\n` };
};

/** `registry=<sha256 hex>,…`: what services know of each other's tokens. */
export const tokenHashes = ({ serviceTokens }: Secrets): string =>
  IDENTITIES.map((name) => `${name}=${createHash('sha256').update(serviceTokens[name]).digest('hex')}`).join(
    ',',
  );

const randomText = (): string => randomBytes(32).toString('base64url');
