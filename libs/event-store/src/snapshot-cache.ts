import type { EventId } from '@gatehouse/kernel';
import type { JsonObject, Position, Revision } from './event';

/** What folding a stream up to a revision gave. */
export interface Snapshot {
  /** The last event folded in. A snapshot whose event the stream does not hold at this revision is of no use. */
  readonly revision: Revision;
  readonly eventId: EventId;
  readonly state: JsonObject;
  /** The commands seen, by request id: a repeated command must be known without the events it made. */
  readonly commands: Readonly<Record<string, SeenCommand>>;
}

export interface SeenCommand {
  readonly command: string;
  /** Position of the last event that it made. */
  readonly position: Position;
}

/**
 * A cache of folded streams. It affects cost, never meaning: it may forget anything at any time, and a failure of it is
 * a miss. `schemaVersion` is of the state's shape: raise it, and what was kept before is not found any more.
 */
export abstract class SnapshotCache {
  abstract get(stream: string, schemaVersion: number): Promise<Snapshot | undefined>;
  abstract put(stream: string, schemaVersion: number, snapshot: Snapshot): Promise<void>;
}

/** How an aggregate's state is kept in a snapshot. */
export interface SnapshotCodec<State> {
  /** From 1; a new one for every change of the state's shape or of what `evolve` makes of an event. */
  readonly schemaVersion: number;
  encode(state: State): JsonObject;
  decode(stored: JsonObject): State;
}
