import { constants } from 'node:fs';
import { type FileHandle, open, realpath } from 'node:fs/promises';
import { sep } from 'node:path';
import { AppError } from '@gatehouse/kernel';
import { secretManagerUnavailable, secretNotFound, secretNotGranted, secretUnusable } from '../secret-errors';
import type { SecretLocator } from '@gatehouse/kernel';
import { SecretSource } from '../secret-source';

/** Far above any key file. */
const FILE_BYTES_MAX = 64 * 1024;
const ABSENT: ReadonlySet<string> = new Set([
  'ENOENT',
  'ENOTDIR',
  'EACCES',
  'ELOOP',
  'EISDIR',
  'ERR_ACCESS_DENIED',
]);

/** What the kernel makes up: other processes' environments are there. */
const NEVER = ['/proc', '/sys', '/dev'];

/**
 * Files of this machine. Links are followed, since whoever mounts secrets makes them of links; where one ends, not what it
 * is called, decides whether it is ours.
 */
export class FileSecrets extends SecretSource<'file'> {
  /** @param ours files and directories that are nobody's, whatever is granted: keys, certificates, journal, tokens. */
  constructor(private readonly ours: readonly string[]) {
    super();
  }

  async read({ path: named }: Extract<SecretLocator, { kind: 'file' }>): Promise<string> {
    try {
      const path = await realpath(named);
      if (await this.isOurs(path)) throw secretNotGranted('file');
      return await contentOf(path);
    } catch (error) {
      throw toSecretError(error);
    }
  }

  private async isOurs(path: string): Promise<boolean> {
    for (const our of [...NEVER, ...this.ours]) {
      const ourPath = await realpath(our).catch(() => our);
      if (path === ourPath || path.startsWith(ourPath + sep)) return true;
    }
    return false;
  }
}

const contentOf = async (path: string): Promise<string> => {
  // What is a link by now was none a moment ago. A pipe would be waited for.
  const file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  try {
    return await textOf(file);
  } finally {
    await file.close();
  }
};

const textOf = async (file: FileHandle): Promise<string> => {
  const facts = await file.stat();
  if (!facts.isFile() || facts.size > FILE_BYTES_MAX) throw secretUnusable('file');
  // Editors and `echo` end a file with a line break that is no part of the secret.
  return (await file.readFile('utf8')).replace(/\r?\n$/, '');
};

const toSecretError = (error: unknown): Error => {
  const code = (error as NodeJS.ErrnoException).code;
  if (error instanceof AppError) return error;
  return code !== undefined && ABSENT.has(code) ? secretNotFound('file') : secretManagerUnavailable('file');
};
