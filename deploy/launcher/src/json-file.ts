import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';

/** Undefined when there is no such file. */
export const readJsonFile = <T>(path: string): T | undefined => {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as T;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw new Error(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
  }
};

/** Replaces the file as a whole and on the disk: a crash leaves the old one or the new one. Only we may read it. */
export const writeJsonFile = (path: string, value: unknown): void =>
  writeFileDurably(path, `${JSON.stringify(value, null, 2)}\n`);

export const writeFileDurably = (path: string, text: string): void => {
  const partial = `${path}.partial`;
  const file = openSync(partial, 'w', 0o600);
  try {
    // All of it, or an error: a single write may take a part, of a disk that is nearly full.
    writeFileSync(file, text);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(partial, path);
  const directory = openSync(dirname(path), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
};
