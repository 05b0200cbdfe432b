/**
 * Tells those who wait that the log may have grown. It counts what it told, so that a growth between a look at the log
 * and the wait is not missed.
 */
export class LogSignal {
  private raised = 0;
  private readonly waiting = new Set<() => void>();

  /** Take it before looking at the log, and wait with it after. */
  mark(): number {
    return this.raised;
  }

  raise(): void {
    this.raised++;
    for (const wake of [...this.waiting]) wake();
  }

  /** Ends when the signal was raised since the mark, at the timeout, or when aborted: it does not say which. */
  wait(mark: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.raised !== mark || signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', wake);
        this.waiting.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, timeoutMs);
      signal.addEventListener('abort', wake);
      this.waiting.add(wake);
    });
  }
}
