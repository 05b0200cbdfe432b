import { createHash, randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import { forEachName, IDENTITIES, type Identity, SERVICE_NAMES, type ServiceName } from '@gatehouse/topology';
import { readJsonFile, writeJsonFile } from './json-file';

/** Everything secret of one data directory but integrations' keys, which the gateway makes in a directory of their own. Base64. */
export interface Secrets {
  readonly superuserPassword: string;
  readonly databasePasswords: Readonly<Record<ServiceName, string>>;
  /** Each one token, or several, separated by commas, the newest first, while it is being changed. */
  readonly serviceTokens: Readonly<Record<Identity, string>>;
  readonly keyPepper: string;
  readonly fingerprintKey: string;
  /** Of the services that take commands: what they keep of request ids is keyed by it. */
  readonly installationSecret: string;
  /** What the gateway presents to the simulator; it opens nothing. */
  readonly simulatorCredential: string;
}

/**
 * Reads the secrets, or makes them at the first start; those that a later version of the product added are made when it
 * first starts.
 */
export const ensureSecrets = (path: string): Secrets => {
  const known = readJsonFile<Secrets>(path);
  if (known) return completed(known, path);
  const secrets = newSecrets();
  writeJsonFile(path, secrets);
  return secrets;
};

/** What is missing is added; what is there stays, or what was made with it would be lost. */
const completed = (known: Secrets, path: string): Secrets => {
  const fresh = newSecrets();
  const all: Secrets = {
    ...fresh,
    ...known,
    databasePasswords: { ...fresh.databasePasswords, ...known.databasePasswords },
    serviceTokens: { ...fresh.serviceTokens, ...known.serviceTokens },
  };
  if (!isDeepStrictEqual(all, known)) writeJsonFile(path, all);
  return all;
};

/** Fresh random ones. */
export const newSecrets = (): Secrets => ({
  superuserPassword: randomText(),
  databasePasswords: forEachName(SERVICE_NAMES, randomText),
  serviceTokens: forEachName(IDENTITIES, randomText),
  keyPepper: randomBytes(32).toString('base64'),
  fingerprintKey: randomBytes(32).toString('base64'),
  installationSecret: randomBytes(32).toString('base64'),
  simulatorCredential: `sim-${randomText()}`,
});

/** `registry=<sha256 hex>,…`: what services know of each other's tokens. */
export const tokenHashes = ({ serviceTokens }: Secrets): string =>
  IDENTITIES.flatMap((name) => tokensIn(serviceTokens[name]).map((token) => `${name}=${sha256(token)}`)).join(
    ',',
  );

/** What the operator shows: of several, the newest. */
export const operatorToken = ({ serviceTokens }: Secrets): string =>
  tokensIn(serviceTokens.operator)[0] ?? '';

const tokensIn = (list: string): string[] => list.split(',').map((token) => token.trim());

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

const randomText = (): string => randomBytes(32).toString('base64url');
