/** Looks every so often, never twice at a time, for as long as the service runs. */
export class Periodic {
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | undefined;
  private running: Promise<void> | undefined;

  /**
   * @param look never rejects. Its signal is aborted when the service stops.
   * @param everyMs in milliseconds.
   */
  constructor(
    private readonly look: (stopping: AbortSignal) => Promise<void>,
    private readonly everyMs: number,
  ) {}

  start(): void {
    this.timer = setInterval(() => {
      this.running ??= this.look(this.stopping.signal).finally(() => {
        this.running = undefined;
      });
    }, this.everyMs);
  }

  /** Ends once a look that is under way has ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    clearInterval(this.timer);
    await this.running;
  }
}
