import { randomBytes } from 'node:crypto';

/** Randomness, injected. */
export abstract class Random {
  /** Unpredictable bytes. */
  abstract bytes(length: number): Uint8Array;
}

export class SystemRandom extends Random {
  bytes(length: number): Uint8Array {
    return randomBytes(length);
  }
}
