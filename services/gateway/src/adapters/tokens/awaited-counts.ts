/** Longer texts are not counted. */
const BYTES_MAX = 256 * 1024;
/** Texts that may wait for their turn. */
const WAITING_MAX = 64;

/** Texts that another process counts, until it has told their tokens. */
export class AwaitedCounts {
  private lastId = 0;
  private readonly waiting = new Map<number, (tokens: number | undefined) => void>();

  /**
   * @param deadlineMs within which each is to be told.
   * @param late one was not.
   */
  constructor(
    private readonly deadlineMs: number,
    private readonly late: (id: number) => void,
  ) {}

  get size(): number {
    return this.waiting.size;
  }

  /** @param ask has the text counted by that number. Where it throws there is nobody to count: a call does not fail for that. */
  begin(json: Buffer, ask: (id: number, text: string) => void): Promise<number | undefined> {
    if (json.length === 0) return Promise.resolve(0);
    if (json.length > BYTES_MAX || this.waiting.size >= WAITING_MAX) return Promise.resolve(undefined);
    const id = ++this.lastId;
    return new Promise((resolve) => {
      const deadline = setTimeout(() => this.late(id), this.deadlineMs).unref();
      this.waiting.set(id, (tokens) => {
        clearTimeout(deadline);
        resolve(tokens);
      });
      try {
        ask(id, json.toString());
      } catch {
        this.told(id, undefined);
      }
    });
  }

  told(id: number, tokens: number | undefined): void {
    const resolve = this.waiting.get(id);
    this.waiting.delete(id);
    resolve?.(tokens);
  }

  /** None of those that wait is counted. */
  endAll(): void {
    for (const id of [...this.waiting.keys()]) this.told(id, undefined);
  }
}
