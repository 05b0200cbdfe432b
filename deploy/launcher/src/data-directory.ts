import { chmodSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

/** Where things are in the data directory. */
export interface DataDirectory {
  readonly root: string;
  readonly logs: string;
  readonly postgres: string;
  readonly simulator: string;
  readonly gateway: string;
  readonly state: string;
  readonly secrets: string;
  /** Keys of integrations: the gateway's alone. */
  readonly keys: string;
  /** Of an installation from before integrations had keys of their own; absent in others. */
  readonly vaultPrivateKey: string;
  readonly children: string;
  /** What runs where, for command-line clients; no secrets. */
  readonly addresses: string;
}

/**
 * Makes the directories that are missing; only their owner may look inside. Throws for a directory that holds what is not ours, such as /tmp or a home: it
 * would be closed to everybody else.
 */
export const openDataDirectory = (path: string): DataDirectory => {
  const root = resolve(path);
  if (isOfOthers(root))
    throw new Error(`${root} holds other things than ours; choose a new or an empty directory with --data`);
  mkdirSync(root, { recursive: true, mode: 0o700 });
  const directory: DataDirectory = {
    root,
    logs: join(root, 'logs'),
    postgres: join(root, 'postgres'),
    simulator: join(root, 'simulator'),
    gateway: join(root, 'gateway'),
    state: join(root, 'state.json'),
    secrets: join(root, 'secrets.json'),
    keys: join(root, 'keys'),
    vaultPrivateKey: join(root, 'vault.key'),
    children: join(root, 'children.json'),
    addresses: join(root, 'addresses.json'),
  };
  for (const path of [directory.logs, directory.simulator, directory.gateway, directory.keys]) {
    mkdirSync(path, { recursive: true });
    chmodSync(path, 0o700);
  }
  return directory;
};

/** The logs' is the first that is made. A volume has `lost+found` from its beginning. */
const isOfOthers = (root: string): boolean => {
  if (!existsSync(root)) return false;
  const names = readdirSync(root).filter((name) => name !== 'lost+found');
  return names.length > 0 && !names.includes('logs');
};

const ANOTHER = 'choose another directory with --data';
const CLOSED = `may not be used by this user; start Gatehouse as who owns it, or ${ANOTHER}`;
const NO_DIRECTORY = `is not a directory; ${ANOTHER}`;

/** What the file system may have against a data directory, and what to do. */
const FAULTS: Readonly<Record<string, string>> = {
  EACCES: CLOSED,
  EPERM: CLOSED,
  EEXIST: NO_DIRECTORY,
  ENOTDIR: NO_DIRECTORY,
  ENOSPC: `cannot be written: its disk is full; make room, or ${ANOTHER}`,
  EROFS: `cannot be written: its file system is read-only; ${ANOTHER}`,
};

/** An error of whoever took a data directory: in words that say what to do where it is the file system's, else as it is. */
export const dataDirectoryFault = (error: unknown, root: string): unknown => {
  const { cause } = error as Error;
  const { code = '', path } = (cause ?? error) as NodeJS.ErrnoException;
  const fault = FAULTS[code];
  // What has no path is not of files, but for a write to a disk that is full.
  if (fault === undefined || (path === undefined && code !== 'ENOSPC')) return error;
  return new Error(`${path ?? root} ${fault}`, { cause: error });
};
