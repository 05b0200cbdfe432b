import { existsSync, realpathSync, statSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

export interface Permissions {
  /** Files, and directories with all that is in them; what ends with a star, all that begins so. */
  readonly reads: readonly string[];
  readonly writes?: readonly string[];
  /** Whether it opens sockets: Node holds that since 25. */
  readonly sockets?: boolean;
}

const isFlag = (name: string): boolean => process.allowedNodeEnvironmentFlags.has(name);

/** By the one name on Node 20, by the other since. */
const FLAG = isFlag('--permission') ? '--permission' : '--experimental-permission';
/** It reads and writes files past the model, where it is. */
const SQLITE = isFlag('--experimental-sqlite') ? ['--no-experimental-sqlite'] : [];
const SOCKETS = isFlag('--allow-net') ? ['--allow-net'] : [];

/**
 * Flags of Node under which a process reads and writes no other files than these, and starts neither processes nor threads. A link that is
 * there already is followed. Throws where a path would allow more than it says.
 */
export const permissionFlags = ({ reads, writes = [], sockets = false }: Permissions): readonly string[] => [
  FLAG,
  ...(sockets ? SOCKETS : []),
  ...SQLITE,
  // Node 20 says with each start that it is an experiment.
  '--disable-warning=ExperimentalWarning',
  ...each([...reads, ...writes]).map((path) => `--allow-fs-read=${path}`),
  ...each(writes).map((path) => `--allow-fs-write=${path}`),
];

/**
 * Each once, before all that begins as it does, and none that another allows already: Node aborts where it is told a path that it has, or
 * has on its way to another.
 */
const each = (named: readonly string[]): readonly string[] => {
  const paths = [...new Set(named.flatMap(asNamedAndFound))].toSorted((a, b) => (a < b ? -1 : 1));
  return paths.filter((path) => !paths.some((other) => other !== path && allowsToo(other, path)));
};

const allowsToo = (other: string, path: string): boolean => {
  if (other.endsWith('*')) return path.startsWith(other.slice(0, -1));
  return path.startsWith(`${other}/`) && statSync(other, { throwIfNoEntry: false })?.isDirectory() === true;
};

/** A path, and where it leads, which modules and secrets are read by. */
const asNamedAndFound = (named: string): readonly string[] => {
  const path = resolve(named);
  if (path.slice(0, -1).includes('*')) throw new Error(`${path} has a star in it, which would allow others`);
  const directory = path.endsWith('*') ? dirname(path) : path;
  if (!existsSync(directory)) return [path];
  const found = realpathSync(directory);
  return [path, path.endsWith('*') ? join(found, basename(path)) : found];
};
