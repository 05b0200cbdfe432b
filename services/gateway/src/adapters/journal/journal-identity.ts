import { closeSync, constants, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { open, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { type DiskSync, type JournalId, journalId } from '@gatehouse/kernel';

/** Who speaks for the leases of a journal. */
export interface JournalIdentity {
  readonly journalId: JournalId;
  /** Rises with every start. */
  readonly incarnation: bigint;
  /** Of the machine's boot under which it was last written; another one means that unsynced lines may be lost. */
  readonly bootId: string;
  /** The last process ended in order, with everything on disk. */
  readonly clean: boolean;
  /** The segments that there are, from the first to the last; absent in an identity of before. One that is missing was lost. */
  readonly firstSegment?: number;
  readonly lastSegment?: number;
  /** The first that this journal wrote: leases of segments before it are another's. Absent where it wrote all of them. */
  readonly ownSegment?: number;
  /** As long as there are segments up to this one, what they hold may not be on disk: a sync of it has failed. Absent where none has. */
  readonly doubtfulTo?: number;
}

const FILE = 'identity.json';

/** Undefined for a journal that is new. */
export const readIdentity = (directory: string): JournalIdentity | undefined => {
  let text: string;
  try {
    text = readFileSync(join(directory, FILE), 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  const stored = JSON.parse(text) as {
    journalId: string;
    incarnation: string;
    bootId: string;
    clean: boolean;
    firstSegment?: number;
    lastSegment?: number;
    ownSegment?: number;
    doubtfulTo?: number;
  };
  return { ...stored, journalId: journalId(stored.journalId), incarnation: BigInt(stored.incarnation) };
};

/** What a write returns from is on disk. */
const NEW_AND_SYNCED = constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC | constants.O_SYNC;

/**
 * On disk when it resolves: nobody waits for the disk meanwhile, as for `writeDurably`. One at a time. Rejects where it cannot be written,
 * when either may stand.
 */
export const writeIdentity = async (
  directory: string,
  identity: JournalIdentity,
  sync: DiskSync,
): Promise<void> => {
  const temporary = join(directory, `.${FILE}.new`);
  const file = await open(temporary, NEW_AND_SYNCED, 0o600);
  try {
    await file.writeFile(JSON.stringify({ ...identity, incarnation: identity.incarnation.toString() }));
  } finally {
    await file.close();
  }
  await rename(temporary, join(directory, FILE));
  await sync(directory);
};

/**
 * Replaces a file by new content, all or nothing, also when the power fails: it is there when this returns, and stays from when it
 * resolves. Throws, and nothing has changed, where it cannot be written.
 */
export const writeDurably = (
  directory: string,
  name: string,
  content: Uint8Array,
  sync: DiskSync,
): Promise<void> => {
  const temporary = join(directory, `.${name}.new`);
  const file = openSync(temporary, NEW_AND_SYNCED, 0o600);
  try {
    for (let written = 0; written < content.length;) written += writeSync(file, content, written);
  } finally {
    closeSync(file);
  }
  renameSync(temporary, join(directory, name));
  return sync(directory);
};

/** Empty where the system does not tell: then every start counts as the same boot. */
export const currentBootId = (): string => {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  } catch {
    return '';
  }
};
