import { statSync } from 'node:fs';

/**
 * Where root has started this process, it goes on as the owner of a directory, with that owner's group and no other, and
 * whatever it forks, reads and opens from then on is that user's: there is no way back.
 *
 * @returns why it is root still; undefined where it is not, or never was. Errors: Error where the directory is another's and the system
 * does not let it become that user.
 */
export const giveUpRoot = (directory: string): string | undefined => {
  if (process.geteuid?.() !== 0) return undefined;
  const owner = statSync(directory, { throwIfNoEntry: false });
  if (!owner) return `${directory} is not there yet, and has no owner`;
  if (owner.uid === 0) return `${directory} is root's own`;
  try {
    process.setgroups?.([owner.gid]);
    process.setgid?.(owner.gid);
    process.setuid?.(owner.uid);
  } catch (cause) {
    throw new Error(`root cannot be given up for the owner of ${directory}, user ${owner.uid}`, { cause });
  }
  return undefined;
};
