import { join } from 'node:path';

/** Where the secrets of a composed installation are kept, and what is remembered about it. */
export interface ComposeFiles {
  /** What compose reads the variables of docker-compose.yml from. */
  readonly env: string;
  /** Mounted into the gateway's container, and into no other. */
  readonly vaultPrivateKey: string;
  /** Of certificates: a directory for each process, beside the authority's own. */
  readonly tls: string;
  /** How far the first organization has come. */
  readonly state: string;
  /** What runs where, for the command-line client. */
  readonly addresses: string;
  /** Of all above but the env file. */
  readonly directory: string;
}

/** In a checkout: `.env`, which compose finds by itself, and `.gatehouse-compose`. */
export const composeFilesIn = (root: string): ComposeFiles => {
  const directory = join(root, '.gatehouse-compose');
  return {
    env: join(root, '.env'),
    directory,
    vaultPrivateKey: join(directory, 'vault.key'),
    tls: join(directory, 'tls'),
    state: join(directory, 'state.json'),
    addresses: join(directory, 'addresses.json'),
  };
};
