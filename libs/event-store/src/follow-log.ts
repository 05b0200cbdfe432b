import { AppError, Signal } from '@gatehouse/kernel';
import type { AllPage, ReadAllOptions, SubscribeOptions, SubscriptionBatch } from './event-store';

export interface FollowOptions {
  /** How long to trust a silent signal before looking by oneself. */
  readonly pollMs: number;
  /** Events per batch at most. */
  readonly batchSize: number;
  /** First pause after a failure; it doubles up to a hundredfold. */
  readonly retryMs: number;
}

/**
 * A catch-up subscription over pages: reads to the end, then waits for the signal or the poll. An unavailable store is
 * asked again from the same place, so nothing is missed or doubled; any other error ends the subscription.
 */
export async function* followLog(
  readAll: (options: ReadAllOptions) => Promise<AllPage>,
  grown: Signal,
  { after, streamPrefixes, signal }: SubscribeOptions,
  { pollMs, batchSize, retryMs }: FollowOptions,
): AsyncGenerator<SubscriptionBatch, void, undefined> {
  const never = new Signal();
  let checkpoint = after;
  let caughtUp = false;
  let failures = 0;
  while (!signal.aborted) {
    const mark = grown.mark();
    let page: AllPage;
    try {
      page = await readAll({
        after: checkpoint,
        limit: batchSize,
        ...(streamPrefixes && { streamPrefixes }),
      });
      failures = 0;
    } catch (error) {
      if (!(error instanceof AppError) || error.code !== 'UNAVAILABLE') throw error;
      await never.wait(never.mark(), retryMs * Math.min(2 ** failures++, 100), signal);
      continue;
    }
    if (signal.aborted) return;
    const news = page.events.length > 0 || page.next > checkpoint || (page.end && !caughtUp);
    checkpoint = page.next;
    caughtUp = page.end;
    if (news) yield { events: page.events, checkpoint, caughtUp };
    if (caughtUp) await grown.wait(mark, pollMs, signal);
  }
}
