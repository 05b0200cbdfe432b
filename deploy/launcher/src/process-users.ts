import { spawnSync } from 'node:child_process';
import { chmodSync, lchownSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { SERVICE_NAMES, type ServiceName } from '@gatehouse/topology';
import type { DataDirectory } from './data-directory';

export interface ProcessUser {
  readonly uid: number;
  readonly gid: number;
}

/** Of no account: what a service writes is its own and nobody else's. */
const FIRST_ID = 60_501;

export const userOf = (name: ServiceName | 'console'): ProcessUser => {
  const id = FIRST_ID + [...SERVICE_NAMES, 'console'].indexOf(name);
  return { uid: id, gid: id };
};

/** Whether each service runs as a user of its own, or why they all run as ours. */
export type Separation =
  { readonly separated: true } | { readonly separated: false; readonly because: string };

/**
 * Gives the gateway what is the gateway's, so that no other service can read integrations' keys: possible for root alone, and
 * where these users can reach what they run. Otherwise nothing is changed.
 * @param programs what each service has to read.
 * @param files that settings name, which the gateway has to read.
 */
export const separateUsers = (
  directory: DataDirectory,
  programs: readonly string[],
  files: readonly string[],
): Separation => {
  if (process.getuid?.() !== 0) return { separated: false, because: 'it was not started by root' };
  const owner = userOf('gateway');
  // To be passed through, not to be looked into.
  chmodSync(directory.root, 0o711);
  for (const path of [directory.keys, directory.gateway]) chownAll(path, owner);
  const gatewayReads = [...programs, ...files, directory.keys, directory.gateway];
  const unreachable = unreadableFor(owner, gatewayReads) ?? unreadableFor(userOf('registry'), programs);
  if (unreachable === undefined) return { separated: true };
  const us = { uid: 0, gid: 0 };
  chmodSync(directory.root, 0o700);
  for (const path of [directory.keys, directory.gateway]) chownAll(path, us);
  return { separated: false, because: `other users cannot read ${unreachable}` };
};

/** The first of the paths that the user cannot read. */
const unreadableFor = ({ uid, gid }: ProcessUser, paths: readonly string[]): string | undefined => {
  const look = `for (const path of process.argv.slice(1)) {
    try { require('node:fs').accessSync(path, 4); } catch { process.stdout.write(path); process.exit(1); }
  }`;
  const { status, stdout } = spawnSync(process.execPath, ['-e', look, ...paths], {
    uid,
    gid,
    cwd: '/',
    encoding: 'utf8',
  });
  return status === 0 ? undefined : stdout || process.execPath;
};

/** What a link leads to is not given away: whoever may write here could have it lead anywhere. */
const chownAll = (path: string, user: ProcessUser): void => {
  lchownSync(path, user.uid, user.gid);
  // Directory by directory: a recursive look goes into links on some releases of Node. A link is none, whatever it leads to.
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    const found = join(path, entry.name);
    if (entry.isDirectory()) chownAll(found, user);
    else lchownSync(found, user.uid, user.gid);
  }
};
