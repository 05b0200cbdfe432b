import { setMaxListeners } from 'node:events';

/**
 * Ends what goes on for too long, or when it is aborted. A timer of its own, since `AbortSignal.any` does not keep a timeout that it was made of: the
 * next collection of garbage takes it, and nothing ends (nodejs/node#57736). Whoever made one calls `cancel` when it is needed no more.
 */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly timer: NodeJS.Timeout;
  private readonly abort = (): void => this.end(this.outer?.reason);

  /** @param outer what aborts it before its time. */
  constructor(
    withinMs: number,
    private readonly outer?: AbortSignal,
  ) {
    this.timer = setTimeout(() => this.end(tooLate()), withinMs);
    if (!outer) return;
    // As many listen as are under way, and each of them leaves: Node would warn of a leak.
    setMaxListeners(0, outer);
    if (outer.aborted) this.abort();
    else outer.addEventListener('abort', this.abort);
  }

  /** Aborted with a `TimeoutError` where it was too late. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  cancel(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.abort);
  }

  private end(reason: unknown): void {
    this.cancel();
    this.controller.abort(reason);
  }
}

const tooLate = (): DOMException => new DOMException('It took too long.', 'TimeoutError');
