import { randomInt } from 'node:crypto';

/** Random numbers that a printed seed repeats: `GATEHOUSE_TEST_SEED=… npx jest …`. */
export class SeededRandom {
  readonly seed: number;
  private state: number;

  constructor(name: string) {
    const given = process.env['GATEHOUSE_TEST_SEED'];
    this.seed = given === undefined ? randomInt(2 ** 31) : Number(given);
    // Past Jest's console, which would add a stack trace.
    process.stderr.write(`${name}: GATEHOUSE_TEST_SEED=${this.seed}\n`);
    this.state = this.seed;
  }

  /** A whole number from `min` to `max`, both included. */
  int(min: number, max: number): number {
    return min + Math.floor(this.next() * (max - min + 1));
  }

  shuffled<T>(items: readonly T[]): T[] {
    const result = [...items];
    for (let last = result.length - 1; last > 0; last--) {
      const other = this.int(0, last);
      [result[last], result[other]] = [result[other] as T, result[last] as T];
    }
    return result;
  }

  /** mulberry32: from 0 to below 1. */
  private next(): number {
    this.state = (this.state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.state ^ (this.state >>> 15), 1 | this.state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }
}
