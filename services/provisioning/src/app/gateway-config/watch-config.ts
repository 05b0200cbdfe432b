import type { provisioningV1 } from '@gatehouse/proto-gen';
import type { ConfigLog, VersionedEntry } from './config-log';

export interface WatchOptions {
  /** What the watcher has; 0 for nothing. */
  readonly afterVersion: bigint;
  readonly signal: AbortSignal;
  /** Entries per page; 100 by default. */
  readonly pageSize?: number;
  /** Encoded entries per message, roughly; 256 KiB by default. */
  readonly messageBytes?: number;
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
): AsyncGenerator<provisioningV1.WatchResponse, void, undefined> {
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
        ? entries.filter(({ version, entry }) => entry.value || version > horizon)
        : entries;
      for (const response of responsesOf(sent, messageBytes, { reached, complete: last || !snapshot })) {
        yield { ...response, reset };
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

/** One message at least; all but the last say the version of their own last entry. */
const responsesOf = (
  entries: readonly VersionedEntry[],
  messageBytes: number,
  { reached, complete }: { readonly reached: bigint; readonly complete: boolean },
): readonly Omit<provisioningV1.WatchResponse, 'reset'>[] => {
  const parts: VersionedEntry[][] = [[]];
  let bytes = 0;
  for (const entry of entries) {
    if (bytes > 0 && bytes + entry.bytes > messageBytes) {
      parts.push([]);
      bytes = 0;
    }
    parts.at(-1)?.push(entry);
    bytes += entry.bytes;
  }
  return parts.map((part, index) => {
    const isLast = index === parts.length - 1;
    return {
      version: isLast ? reached : (part.at(-1)?.version ?? reached),
      entries: part.map(({ entry }) => entry),
      complete: isLast && complete,
    };
  });
};
