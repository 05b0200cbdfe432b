import { BEFORE_FIRST, type Position } from '@gatehouse/event-store';
import {
  CleanupMemory,
  type Reservation,
  type ReservationChange,
} from '../app/integration/integration.ports';

/** The cleanup's memory of one process, for specs. */
export class InMemoryCleanupMemory extends CleanupMemory {
  private readonly open = new Map<string, { reservation: Reservation; at: Date }>();
  private reached: Position = BEFORE_FIRST;

  async checkpoint(): Promise<Position> {
    return this.reached;
  }

  async advance(changes: readonly ReservationChange[], checkpoint: Position): Promise<void> {
    for (const { kind, reservation, position, at } of changes) {
      const key = JSON.stringify(reservation);
      if (position <= this.reached) continue;
      if (kind === 'ended') this.open.delete(key);
      else if (!this.open.has(key)) this.open.set(key, { reservation, at });
    }
    if (checkpoint > this.reached) this.reached = checkpoint;
  }

  async openSince(before: Date): Promise<readonly Reservation[]> {
    return [...this.open.values()]
      .filter(({ at }) => at < before)
      .sort((a, b) => a.at.getTime() - b.at.getTime())
      .map(({ reservation }) => reservation);
  }
}
