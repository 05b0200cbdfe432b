import type { Clock } from '@gatehouse/kernel';

/** How long the first in line waits before it looks again when nothing was told. */
const LOOK_AGAIN_MS = 50;

/** Requests that wait for room in a scope, in order. Only the first one asks; the others stand behind it. */
export class WaitLines {
  private readonly lines = new Map<string, Place[]>();

  constructor(private readonly clock: Clock) {}

  /** The first of these scopes that somebody waits for already: who comes later stands behind. */
  busy(scopeIds: readonly string[]): string | undefined {
    return scopeIds.find((scopeId) => this.lines.has(scopeId));
  }

  join(scopeId: string): Place {
    const line = this.lines.get(scopeId) ?? [];
    this.lines.set(scopeId, line);
    const place = new Place(scopeId, this.clock, line, () => this.leave(place));
    line.push(place);
    return place;
  }

  /** Something was freed: those who are first look again. */
  room(scopeIds: readonly string[]): void {
    for (const scopeId of scopeIds) this.lines.get(scopeId)?.[0]?.wake();
  }

  private leave(place: Place): void {
    const line = this.lines.get(place.scopeId);
    const at = line?.indexOf(place) ?? -1;
    if (!line || at < 0) return;
    line.splice(at, 1);
    if (line.length === 0) this.lines.delete(place.scopeId);
    else if (at === 0) line[0]?.wake();
  }
}

/** A place in a line. */
export class Place {
  private wakeUp: (() => void) | undefined;
  private awake = false;
  private timer: NodeJS.Timeout | undefined;

  constructor(
    readonly scopeId: string,
    private readonly clock: Clock,
    private readonly line: readonly Place[],
    readonly leave: () => void,
  ) {}

  /** Resolves when it is worth asking: first in line and something may have changed, or at the deadline. */
  turn(deadlineMs: number): Promise<void> {
    if (this.awake) {
      this.awake = false;
      return Promise.resolve();
    }
    return new Promise((resolve) => {
      this.wakeUp = () => {
        clearTimeout(this.timer);
        this.wakeUp = undefined;
        resolve();
      };
      this.sleep(deadlineMs);
    });
  }

  /** The one who waits is told to look; remembered when it does not wait just now. */
  wake(): void {
    if (this.wakeUp) this.wakeUp();
    else this.awake = true;
  }

  private sleep(deadlineMs: number): void {
    const left = Math.max(0, deadlineMs - this.clock.monotonicMs());
    this.timer = setTimeout(
      () => {
        if (this.line[0] === this || this.clock.monotonicMs() >= deadlineMs) this.wakeUp?.();
        else this.sleep(deadlineMs);
      },
      this.line[0] === this ? Math.min(LOOK_AGAIN_MS, left) : left,
    );
  }
}
