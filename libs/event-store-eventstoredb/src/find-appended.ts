import { type AppendResult, type Revision, revision } from '@gatehouse/event-store';
import { positionOf, type WireRecord } from './event-data';
import type { LogReader } from './log-reader';

const PAGE = 500;

/** Where just these events are in the stream, next to each other; it is searched from its end. */
export const findAppended = async (
  reader: LogReader,
  stream: string,
  events: readonly { readonly id: string }[],
): Promise<AppendResult | undefined> => {
  let from: Revision | undefined;
  for (;;) {
    const page = await reader.stream(stream, {
      direction: 'backward',
      limit: PAGE,
      ...(from !== undefined && { from }),
    });
    const first = page.find(({ id }) => id === events[0]?.id);
    if (first)
      return resultOf(
        await reader.stream(stream, { from: revision(first.revision), limit: events.length }),
        events,
      );
    const oldest = page.at(-1)?.revision ?? 0n;
    if (oldest === 0n || page.length < PAGE) return undefined;
    from = revision(oldest - 1n);
  }
};

const resultOf = (
  records: readonly WireRecord[],
  events: readonly { readonly id: string }[],
): AppendResult | undefined => {
  const last = records.at(-1);
  const same = records.length === events.length && records.every(({ id }, index) => id === events[index]?.id);
  return last && same ? { revision: revision(last.revision), position: positionOf(last) } : undefined;
};
