import { randomBytes, randomFillSync } from 'node:crypto';

/** Randomness, injected. */
export abstract class Random {
  /** Unpredictable bytes. */
  abstract bytes(length: number): Uint8Array;
}

/** Of what is asked for at once; more is fetched by itself. */
const POOLED_BYTES_MAX = 64;
const POOL_BYTES = 4_096;

/** The system's, fetched many at a time: a request needs a few bytes for its id. */
export class SystemRandom extends Random {
  private readonly pool = new Uint8Array(POOL_BYTES);
  private used = POOL_BYTES;

  bytes(length: number): Uint8Array {
    if (length > POOLED_BYTES_MAX) return randomBytes(length);
    if (this.used + length > POOL_BYTES) {
      randomFillSync(this.pool);
      this.used = 0;
    }
    const bytes = this.pool.slice(this.used, this.used + length);
    // Some become secrets: they stay nowhere but with who asked.
    this.pool.fill(0, this.used, this.used + length);
    this.used += length;
    return bytes;
  }
}
