import { unavailable } from './wire-failure';

/** A read of the client's: what is used of it. */
export interface WireReading<Item> extends AsyncIterable<Item> {
  readonly readableEnded: boolean;
  on(event: 'error', listener: () => void): unknown;
  destroy(error: Error): unknown;
  cancel(): Promise<void>;
}

/**
 * What a read answers, item by item. The client gives reads no deadline, so one that is silent for too long is ended
 * here; and one that is left before its end is cancelled, or the server would wait with the rest of it for ever.
 */
export async function* readPatiently<Item>(
  reading: WireReading<Item>,
  silenceMs: number,
): AsyncGenerator<Item, void, undefined> {
  // The iteration hears of errors too; this listener stays for those that come when nobody iterates any more.
  reading.on('error', () => undefined);
  const silence = setTimeout(
    () => reading.destroy(unavailable(new Error(`no answer from EventStoreDB for ${silenceMs} ms`))),
    silenceMs,
  );
  try {
    for await (const item of reading) {
      silence.refresh();
      yield item;
    }
  } finally {
    clearTimeout(silence);
    if (!reading.readableEnded) void reading.cancel().catch(() => undefined);
  }
}
