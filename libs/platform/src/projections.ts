import { AppError, INT64_MAX, type Signal } from '@gatehouse/kernel';
import { type Position, position } from '@gatehouse/event-store';
import type { Projector } from '@gatehouse/projections';

const PATIENCE_MS = 5_000;

/** A position as a caller gave it; undefined for the empty text. INVALID `POSITION_MALFORMED` for any other text. */
export const parsePosition = (text: string): Position | undefined => {
  if (text === '') return undefined;
  if (!/^\d{1,19}$/.test(text) || BigInt(text) > INT64_MAX)
    throw new AppError('INVALID', 'POSITION_MALFORMED');
  return position(BigInt(text));
};

/** The service's running projections, by name. */
export class Projections {
  constructor(
    private readonly projectors: ReadonlyMap<string, Projector>,
    /** Raised when one of them has changed, as far as this process hears of it. */
    readonly changes: Signal,
  ) {}

  /**
   * Waits until a projection has applied a position (read your own writes); the empty text waits for nothing.
   * UNAVAILABLE `PROJECTION_BEHIND` after 5 s.
   */
  async waitFor(name: string, atLeastPosition: string): Promise<void> {
    const wanted = parsePosition(atLeastPosition);
    if (wanted === undefined) return;
    const projector = this.projectors.get(name);
    if (!projector) throw new Error(`there is no projection ${name}`);
    await projector.waitFor(wanted, PATIENCE_MS);
  }
}
