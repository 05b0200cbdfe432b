import type { ConfigLog, VersionedEntry } from './gateway-config.ports';

export interface WatchOptions {
  /** What the watcher has; 0 for nothing. */
  readonly afterVersion: bigint;
  readonly signal: AbortSignal;
  /** Entries per page; 100 by default. */
  readonly pageSize?: number;
  /** Encoded entries per message, roughly; 256 KiB by default. */
  readonly messageBytes?: number;
}

/** What a watcher is told at once. */
export interface ConfigPart {
  /** What the watcher has once it has taken this. */
  readonly version: bigint;
  /** The first part of a snapshot: what the watcher had before is void. */
  readonly reset: boolean;
  /** False for the parts of a snapshot before its last. */
  readonly complete: boolean;
  readonly entries: readonly VersionedEntry[];
}

/** How long to trust a silent signal. */
const LOOK_AGAIN_MS = 5_000;

/**
 * A snapshot where the watcher has nothing, or a version that never was; then what changed, as it happens. A page is
 * read when the watcher has taken the one before. The first message comes at once, if only to say that nothing changed.
 *
 * A snapshot is the log from its beginning, less what was gone when it began: an entry that changes meanwhile moves to
 * the end and is met there.
 */
export async function* watchConfig(
  log: ConfigLog,
  { afterVersion, signal, pageSize = 100, messageBytes = 256 * 1024 }: WatchOptions,
): AsyncGenerator<ConfigPart, void, undefined> {
  const { head: horizon } = await log.after(afterVersion, 1);
  let reset = afterVersion <= 0n || afterVersion > horizon;
  let snapshot = reset;
  let cursor = reset ? 0n : afterVersion;
  let first = true;
  while (!signal.aborted) {
    const mark = log.risen.mark();
    const { head, entries } = await log.after(cursor, pageSize);
    const last = entries.length < pageSize;
    const reached = last ? head : (entries.at(-1)?.version ?? head);
    if (first || snapshot || entries.length > 0) {
      const sent = snapshot
        ? entries.filter(({ version, encoded }) => encoded || version > horizon)
        : entries;
      for (const part of partsOf(sent, messageBytes, { reached, complete: last || !snapshot })) {
        yield { ...part, reset };
        reset = false;
      }
      first = false;
    }
    cursor = reached;
    if (!last) continue;
    snapshot = false;
    await log.risen.wait(mark, LOOK_AGAIN_MS, signal);
  }
}

/** One part at least; all but the last say the version of their own last entry. */
const partsOf = (
  entries: readonly VersionedEntry[],
  messageBytes: number,
  { reached, complete }: { readonly reached: bigint; readonly complete: boolean },
): readonly Omit<ConfigPart, 'reset'>[] => {
  const parts: VersionedEntry[][] = [[]];
  let bytes = 0;
  for (const entry of entries) {
    const size = entry.encoded?.length ?? entry.id.length;
    if (bytes > 0 && bytes + size > messageBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(entry);
    bytes += size;
  }
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    return {
      version: isLast ? reached : (part.at(-1)?.version ?? reached),
      entries: part,
      complete: isLast && complete,
    };
  });
};
