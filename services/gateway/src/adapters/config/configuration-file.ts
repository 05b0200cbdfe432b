import {
  closeSync,
  constants,
  fstatSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crc32 } from 'node:zlib';
import type { DiskSync } from '@gatehouse/kernel';
import type { ServiceLog } from '@gatehouse/platform';
import { provisioningV1 } from '@gatehouse/proto-gen';

const FILE = 'configuration.log';
/** Of what is to take its place. */
const DRAFT = '.configuration.';
const SAVE_AFTER_MS = 200;
/** Of a frame, before its message: the length and the checksum. */
const HEADER_BYTES = 8;
/** Less than this is not worth the reading. */
const COMPACT_AFTER_BYTES = 8 * 1024 * 1024;

type Message = provisioningV1.WatchResponse;

interface Output {
  readonly file: number;
  /** Where it is. */
  name: string;
  bytes: number;
}

/**
 * The configuration on disk, as the messages of the watch: a snapshot, and what changed since. A change costs itself, and not
 * the whole, whatever there is. When the changes have outgrown the snapshot both are made into a new one, a message
 * at a time, so that calls go on. What is after a broken frame is as if it had not come: the watch tells it again.
 */
export class ConfigurationFile {
  private saved: Output | undefined;
  /** A snapshot that is not complete yet. */
  private incoming: Output | undefined;
  private unsaved: Buffer[] = [];
  private saving: NodeJS.Timeout | undefined;
  private snapshotBytes = 0;
  private compacting: Promise<void> | undefined;
  /** Rises with each snapshot: what is being compacted then is of the past. */
  private generation = 0;
  private drafts = 0;
  /** What is being synced, in order; it never rejects. */
  private syncing: Promise<void> = Promise.resolve();

  constructor(
    private readonly directory: string,
    private readonly syncToDisk: DiskSync,
    private readonly log: Pick<ServiceLog, 'error'>,
    private readonly compactAfterBytes = COMPACT_AFTER_BYTES,
  ) {}

  /** What an earlier process saved, to be read once, before anything is added. */
  *messages(): Generator<Message> {
    for (const name of readdirSync(this.directory))
      if (name.startsWith(DRAFT)) rmSync(join(this.directory, name));
    const saved = this.open(FILE, constants.O_RDWR | constants.O_CREAT);
    for (const { message, end } of framesOf(saved.file)) {
      saved.bytes = end;
      if (message.complete) this.snapshotBytes ||= end;
      yield message;
    }
    ftruncateSync(saved.file, saved.bytes);
    this.saved = saved;
  }

  /** Errors are told in the log: a gateway serves without. */
  add(message: Message): void {
    try {
      if (message.reset) this.begin();
      if (this.incoming === undefined) return this.addChange(message);
      write(this.incoming, frameOf(message));
      if (message.complete) this.replaceBy(this.incoming);
    } catch (error) {
      this.forget(error);
    }
  }

  /** Half a snapshot is of no use. */
  abandonSnapshot(): void {
    if (this.incoming) this.discard(this.incoming);
    this.incoming = undefined;
  }

  /** Writes what was not written yet, to be synced soon. What cannot be is kept, and tried again with the next change. */
  flush(): void {
    clearTimeout(this.saving);
    this.saving = undefined;
    const { saved } = this;
    if (!saved || this.unsaved.length === 0) return;
    try {
      // A frame that came to be half written before is written over.
      ftruncateSync(saved.file, saved.bytes);
      write(saved, Buffer.concat(this.unsaved));
      this.unsaved = [];
      this.syncLater(() => this.sync(saved));
    } catch (error) {
      this.log.error({ err: error }, 'the configuration cannot be saved');
    }
  }

  /** Resolves when no more is written. */
  async close(): Promise<void> {
    this.generation++;
    await this.compacting;
    this.flush();
    await this.syncing;
    this.abandonSnapshot();
    if (this.saved) closeSync(this.saved.file);
    this.saved = undefined;
  }

  private addChange(message: Message): void {
    if (message.entries.length === 0 || !this.saved) return;
    this.unsaved.push(frameOf(message));
    this.saving ??= setTimeout(() => {
      this.flush();
      this.compactWhereOutgrown();
    }, SAVE_AFTER_MS).unref();
  }

  private begin(): void {
    this.generation++;
    this.abandonSnapshot();
    this.incoming = this.openDraft();
  }

  /** It is gone on from at once, and is what the next process finds as soon as it is on disk. */
  private replaceBy(output: Output): void {
    const before = this.saved;
    this.saved = output;
    this.snapshotBytes = output.bytes;
    if (output === this.incoming) {
      this.incoming = undefined;
      this.unsaved = [];
    }
    this.syncLater(() => this.rename(output));
    if (before) this.syncLater(() => this.discard(before));
  }

  private async rename(output: Output): Promise<void> {
    try {
      await this.sync(output);
      if (output !== this.saved) return;
      renameSync(join(this.directory, output.name), join(this.directory, FILE));
      output.name = FILE;
      await this.syncToDisk(this.directory);
    } catch (error) {
      if (output === this.saved) this.forget(error);
    }
  }

  /** Unless another has taken its place meanwhile. */
  private async sync(output: Output): Promise<void> {
    if (output === this.saved) await this.syncToDisk(join(this.directory, output.name));
  }

  private syncLater(work: () => Promise<void> | void): void {
    this.syncing = this.syncing
      .then(work)
      .catch((error: unknown) => this.log.error({ err: error }, 'the configuration cannot be synced'));
  }

  private discard({ file, name }: Output): void {
    closeSync(file);
    if (name !== FILE) rmSync(join(this.directory, name), { force: true });
  }

  /** A snapshot that cannot be kept: what was saved before it is not to be gone on from. */
  private forget(error: unknown): void {
    this.log.error({ err: error }, 'the configuration cannot be saved');
    this.abandonSnapshot();
    if (this.saved) this.discard(this.saved);
    this.saved = undefined;
    this.unsaved = [];
    rmSync(join(this.directory, FILE), { force: true });
  }

  private compactWhereOutgrown(): void {
    const { saved, snapshotBytes } = this;
    if (!saved || this.compacting || this.incoming) return;
    if (saved.bytes - snapshotBytes < Math.max(this.compactAfterBytes, snapshotBytes)) return;
    this.compacting = this.compact(saved, this.generation)
      .catch((error: unknown) => this.log.error({ err: error }, 'the saved configuration stays as it is'))
      .finally(() => (this.compacting = undefined));
  }

  /** Ends early where a snapshot comes meanwhile. */
  private async compact(saved: Output, generation: number): Promise<void> {
    const isOver = (): boolean => generation !== this.generation;
    const end = saved.bytes;
    const last = await lastPlaces(saved.file, end, isOver);
    if (isOver()) return;
    const output = this.openDraft();
    try {
      await copyLast(saved.file, end, { last, output, isOver });
      if (isOver()) return this.discard(output);
      const snapshotBytes = output.bytes;
      // What came meanwhile. No turn is left to anybody from here on.
      for (const { message } of framesOf(saved.file, saved.bytes, end)) write(output, frameOf(message));
      this.replaceBy(output);
      this.snapshotBytes = snapshotBytes;
    } catch (error) {
      this.discard(output);
      throw error;
    }
  }

  private openDraft(): Output {
    return this.open(`${DRAFT}${++this.drafts}`, 'wx+');
  }

  private open(name: string, flags: string | number): Output {
    const file = openSync(join(this.directory, name), flags, 0o600);
    return { file, name, bytes: 0 };
  }
}

/** By the id of each entry, which of all entries before that place of the file is its last. */
const lastPlaces = async (
  file: number,
  end: number,
  isOver: () => boolean,
): Promise<ReadonlyMap<string, number>> => {
  const last = new Map<string, number>();
  let ordinal = 0;
  for (const { message } of framesOf(file, end)) {
    for (const { id } of message.entries) last.set(id, ordinal++);
    await nextTurn();
    if (isOver()) break;
  }
  return last;
};

interface Copying {
  readonly last: ReadonlyMap<string, number>;
  readonly output: Output;
  readonly isOver: () => boolean;
}

/** Of each entry what was said last, unless that is that it is gone: a snapshot. */
const copyLast = async (file: number, end: number, { last, output, isOver }: Copying): Promise<void> => {
  let ordinal = 0;
  let reset = true;
  let version = 0n;
  for (const { message } of framesOf(file, end)) {
    const isLast = message.entries.map(({ id }) => last.get(id) === ordinal++);
    const entries = message.entries.filter(({ value }, index) => isLast[index] && value);
    ({ version } = message);
    write(output, frameOf({ version, reset, complete: false, entries }));
    reset = false;
    await nextTurn();
    if (isOver()) return;
  }
  write(output, frameOf({ version, reset, complete: true, entries: [] }));
};

const frameOf = (message: Message): Buffer => {
  const content = provisioningV1.WatchResponse.encode(message).finish();
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt32BE(content.length, 0);
  header.writeUInt32BE(crc32(content), 4);
  return Buffer.concat([header, content]);
};

const write = (output: Output, content: Uint8Array): void => {
  for (let written = 0; written < content.length;)
    written += writeSync(output.file, content, written, content.length - written, output.bytes + written);
  output.bytes += content.length;
};

/** The whole frames of a file, to its end or to the first that is broken, each with the place where it ends. */
function* framesOf(
  file: number,
  end = fstatSync(file).size,
  start = 0,
): Generator<{ readonly message: Message; readonly end: number }> {
  for (let at = start; at + HEADER_BYTES <= end;) {
    const header = readAt(file, at, HEADER_BYTES);
    const length = header.readUInt32BE(0);
    if (at + HEADER_BYTES + length > end) return;
    const content = readAt(file, at + HEADER_BYTES, length);
    if (crc32(content) !== header.readUInt32BE(4)) return;
    at += HEADER_BYTES + length;
    yield { message: provisioningV1.WatchResponse.decode(content), end: at };
  }
}

const readAt = (file: number, at: number, length: number): Buffer => {
  const bytes = Buffer.alloc(length);
  for (let read = 0; read < length;) {
    const more = readSync(file, bytes, read, length - read, at + read);
    if (more === 0) break;
    read += more;
  }
  return bytes;
};
