import { existsSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

export interface Permissions {
  /** Files, and directories with all that is in them; what ends with a star, all that begins so. */
  readonly reads: readonly string[];
  readonly writes?: readonly string[];
}

const isFlag = (name: string): boolean => process.allowedNodeEnvironmentFlags.has(name);

/** By the one name on Node 20, by the other since. */
const FLAG = isFlag('--permission') ? '--permission' : '--experimental-permission';
/** It reads and writes files past the model, where it is. */
const SQLITE = isFlag('--experimental-sqlite') ? ['--no-experimental-sqlite'] : [];

/**
 * Flags of Node under which a process reads and writes no other files than these, and starts neither processes nor threads. A link that is
 * there already is followed. Throws where a path would allow more than it says.
 */
export const permissionFlags = ({ reads, writes = [] }: Permissions): readonly string[] => [
  FLAG,
  ...SQLITE,
  // Node 20 says with each start that it is an experiment.
  '--disable-warning=ExperimentalWarning',
  ...[...reads, ...writes].flatMap(asNamedAndFound).map((path) => `--allow-fs-read=${path}`),
  ...writes.flatMap(asNamedAndFound).map((path) => `--allow-fs-write=${path}`),
];

/** A path, and where it leads, which modules and secrets are read by. */
const asNamedAndFound = (named: string): readonly string[] => {
  const path = resolve(named);
  if (path.slice(0, -1).includes('*')) throw new Error(`${path} has a star in it, which would allow others`);
  const directory = path.endsWith('*') ? dirname(path) : path;
  if (!existsSync(directory)) return [path];
  const found = realpathSync(directory);
  return [...new Set([path, path.endsWith('*') ? join(found, basename(path)) : found])];
};
