/** Lets many in, or one who asks to be alone. */
export class Gate {
  private inside = 0;
  private alone = false;
  private waiting: (() => void)[] = [];

  /** Waits while somebody is alone. */
  async enter(): Promise<void> {
    while (this.alone) await this.change();
    this.inside++;
  }

  leave(): void {
    this.inside--;
    this.changed();
  }

  /** For who is inside, one at a time: waits until all others have left, and lets nobody in meanwhile. */
  async asTheOnlyOne<T>(work: () => Promise<T>): Promise<T> {
    this.alone = true;
    try {
      while (this.inside > 1) await this.change();
      return await work();
    } finally {
      this.alone = false;
      this.changed();
    }
  }

  private change(): Promise<void> {
    return new Promise((resolve) => this.waiting.push(resolve));
  }

  private changed(): void {
    for (const go of this.waiting.splice(0)) go();
  }
}
