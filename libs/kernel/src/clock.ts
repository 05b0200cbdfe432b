/** The time, injected: domain code never asks the machine. */
export abstract class Clock {
  /** Wall-clock time, UTC. */
  abstract now(): Date;
  /** Milliseconds that only ever rise, for deadlines. */
  abstract monotonicMs(): number;
}

/** The machine's clock. */
export class SystemClock extends Clock {
  now(): Date {
    return new Date();
  }

  monotonicMs(): number {
    return performance.now();
  }
}

/** A clock that stands still until it is told to move, for tests. */
export class FixedClock extends Clock {
  private elapsedMs = 0;

  constructor(private readonly start: Date) {
    super();
  }

  now(): Date {
    return new Date(this.start.getTime() + this.elapsedMs);
  }

  monotonicMs(): number {
    return this.elapsedMs;
  }

  advance(ms: number): void {
    this.elapsedMs += ms;
  }
}
