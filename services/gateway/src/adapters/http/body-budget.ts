/** What bodies in flight may take of memory: in all, and a quarter of it for the calls of one key. */
export class BodyBudget {
  private total = 0;
  private readonly ofKeys = new Map<string, number>();

  /** @param bytesMax in all. */
  constructor(private readonly bytesMax: number) {}

  /** Answers whether there is room for so many bytes more; they are taken then, until they are given back. */
  take(keyId: string, bytes: number): boolean {
    const ofKey = (this.ofKeys.get(keyId) ?? 0) + bytes;
    if (this.total + bytes > this.bytesMax || ofKey > this.bytesMax / 4) return false;
    this.total += bytes;
    this.ofKeys.set(keyId, ofKey);
    return true;
  }

  giveBack(keyId: string, bytes: number): void {
    this.total -= bytes;
    const left = (this.ofKeys.get(keyId) ?? 0) - bytes;
    if (left > 0) this.ofKeys.set(keyId, left);
    else this.ofKeys.delete(keyId);
  }
}
