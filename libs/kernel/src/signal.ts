/**
 * Wakes those who wait for something to change. It counts how often it was raised, so that a change between a look and
 * the wait is not missed: take a mark, look, then wait with the mark.
 */
export class Signal {
  private raised = 0;
  private readonly waiting = new Set<() => void>();

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
