/** A request that is under way, told apart from others by what it is for. */
export interface Flight {
  readonly to: string;
  readonly ids: readonly string[];
}

/**
 * Sends the same ids once at a time. EventStoreDB drops a repetition that arrives while the first is not yet replicated,
 * and leaves it without an answer until its commit timeout: who repeats in the meantime shares the first one's answer.
 */
export class SingleFlight<Result> {
  private readonly flying = new Map<string, { readonly name: string; readonly landing: Promise<Result> }>();

  /** The same request is answered with the one that is under way; another with one of its ids waits for it to end. */
  async fly({ to, ids }: Flight, send: () => Promise<Result>): Promise<Result> {
    const name = [to, ...ids].join(' ');
    for (;;) {
      const other = ids.map((id) => this.flying.get(id)).find((flight) => flight !== undefined);
      if (other === undefined) break;
      if (other.name === name) return other.landing;
      await other.landing.catch(() => undefined);
    }
    const landing = send().finally(() => {
      for (const id of ids) this.flying.delete(id);
    });
    for (const id of ids) this.flying.set(id, { name, landing });
    return landing;
  }
}
