import type { ComposeFiles } from './compose-files';
import { containerUserIn, makeEnvFile } from './env-file';
import { makeCertificates } from './tls-directory';

/** What was made now; all else was there. */
export interface MadeSecrets {
  /** Names of variables in the env file. */
  readonly variables: readonly string[];
  /** Names of certificates. */
  readonly certificates: readonly string[];
}

/** Makes what an installation keeps secret, or completes and renews it. Repeating it changes nothing. */
export const makeSecrets = async (files: ComposeFiles): Promise<MadeSecrets> => {
  const variables = makeEnvFile(files);
  return { variables, certificates: await makeCertificates(files.tls, containerUserIn(files.env)) };
};
