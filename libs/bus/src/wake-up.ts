/**
 * Wakes those who wait. It counts, so that what happened between a look and the wait is not missed: take a mark, look,
 * then wait with the mark.
 */
export class WakeUp {
  private calls = 0;
  private readonly waiting = new Set<() => void>();

  mark(): number {
    return this.calls;
  }

  call(): void {
    this.calls++;
    for (const wake of [...this.waiting]) wake();
  }

  /** Ends when called since the mark, at the timeout, or when aborted: it does not say which. */
  wait(mark: number, timeoutMs: number, signal: AbortSignal): Promise<void> {
    if (this.calls !== mark || signal.aborted) return Promise.resolve();
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
