import { join } from 'node:path';

/** Where the secrets of a composed installation are kept, and what is remembered about it. */
export interface ComposeFiles {
  /** What compose reads the variables of docker-compose.yml from. */
  readonly env: string;
  /** Keys of integrations: mounted into the gateways' containers, and into no other. */
  readonly keys: string;
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
    keys: join(directory, 'keys'),
    tls: join(directory, 'tls'),
    state: join(directory, 'state.json'),
    addresses: join(directory, 'addresses.json'),
  };
};
