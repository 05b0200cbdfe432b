import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { readJsonFile, writeJsonFile } from './json-file';
import { identityOf, isRunning, type ProcessIdentity } from './process-identity';

/** A predecessor that was just told to end needs a moment. */
const PATIENCE_MS = 2_000;
const STOPPING_PATIENCE_MS = 30_000;
const CLAIM = /^launcher\.(\d+)\.lock$/;

interface Claim extends ProcessIdentity {
  readonly stopping?: boolean;
}

export interface DirectoryLock {
  /** Tells those who wait that it is worth it. */
  markStopping(): void;
  release(): void;
}

/**
 * Keeps two launchers from one data directory. Each writes a claim in its own name and then looks at all others: of
 * two that come at once at least one sees the other and steps back. The claim of a process that has ended counts for
 * nothing, so a killed launcher blocks nobody.
 */
export const lockDirectory = async (directory: string): Promise<DirectoryLock> => {
  const me = identityOf(process.pid);
  if (!me) throw new Error('the start time of this process cannot be read');
  const path = join(directory, `launcher.${process.pid}.lock`);
  const start = Date.now();
  for (;;) {
    writeJsonFile(path, me);
    const holder = otherClaims(directory).find(isRunning);
    if (!holder) break;
    rmSync(path, { force: true });
    const patience = holder.stopping ? STOPPING_PATIENCE_MS : PATIENCE_MS;
    if (Date.now() - start > patience) {
      throw new Error(
        `${directory} is in use by process ${holder.pid}; stop it or choose another with --data`,
      );
    }
    await sleep(100 + Math.random() * 100);
  }
  return {
    markStopping: () => {
      try {
        writeJsonFile(path, { ...me, stopping: true });
      } catch {
        // Of a full disk: who waits gives up earlier, and we stop all the same.
      }
    },
    release: () => rmSync(path, { force: true }),
  };
};

const otherClaims = (directory: string): Claim[] =>
  readdirSync(directory)
    .filter((name) => Number(CLAIM.exec(name)?.[1] ?? process.pid) !== process.pid)
    .flatMap((name) => {
      const path = join(directory, name);
      const claim = readJsonFile<Claim>(path);
      if (claim && !isRunning(claim)) rmSync(path, { force: true });
      return claim ?? [];
    });
