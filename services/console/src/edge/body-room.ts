import { AppError } from '@gatehouse/kernel';

/** Of all bodies that are here at once. What is made of one takes several times as much, and the process has 256 MB. */
const BYTES_MAX = 16 * 1024 * 1024;
/** And of those of one caller. */
const BYTES_OF_CALLER_MAX = BYTES_MAX / 2;
/** By when there may be room again. */
export const ROOM_AFTER_SECONDS = 1;

/** How much of bodies is held at once, from before they are read until their requests are answered. */
export class BodyRoom {
  private taken = 0;
  private readonly takenBy = new Map<string, number>();

  /**
   * Answers how to give it back. EXHAUSTED `BODIES_TOO_MANY` where the caller has all that is one caller's, UNAVAILABLE where all of them have all
   * that there is.
   */
  take(caller: string, bytes: number): () => void {
    if (this.of(caller) + bytes > BYTES_OF_CALLER_MAX) throw new AppError('EXHAUSTED', 'BODIES_TOO_MANY');
    if (this.taken + bytes > BYTES_MAX) throw new AppError('UNAVAILABLE', 'BODIES_TOO_MANY');
    this.add(caller, bytes);
    return () => this.add(caller, -bytes);
  }

  private of(caller: string): number {
    return this.takenBy.get(caller) ?? 0;
  }

  private add(caller: string, bytes: number): void {
    this.taken += bytes;
    const left = this.of(caller) + bytes;
    if (left > 0) this.takenBy.set(caller, left);
    else this.takenBy.delete(caller);
  }
}
