import type { Decider } from '@gatehouse/kernel';
import type { Position, RecordedEvent, Revision } from './event';
import type { EventCodec } from './event-codec';
import type { EventStore } from './event-store';
import type { SeenCommand, Snapshot, SnapshotCache, SnapshotCodec } from './snapshot-cache';

/** An aggregate with how its events, and where it wants to be cached its state, are stored. */
export interface StoredAggregate<C, S, E extends { readonly type: string }> {
  readonly decider: Decider<C, S, E>;
  readonly codec: EventCodec<E>;
  readonly snapshot?: SnapshotCodec<S>;
}

export interface Folded<S> {
  readonly state: S;
  /** Of the last event; undefined where there is none. */
  readonly revision: Revision | undefined;
  readonly position: Position | undefined;
  /** By request id. */
  readonly commands: ReadonlyMap<string, SeenCommand>;
}

/** Fewer new events than this are cheaper to fold again than to write a snapshot for. */
const EVENTS_PER_SNAPSHOT = 50;

/** The stream's state, from its beginning or from a snapshot that its events confirm. */
export const foldStream = async <C, S, E extends { readonly type: string }>(
  store: EventStore,
  stream: string,
  aggregate: StoredAggregate<C, S, E>,
  snapshots?: SnapshotCache,
): Promise<Folded<S>> => {
  if (snapshots === undefined || aggregate.snapshot === undefined) {
    return foldOn(aggregate, emptyOf(aggregate), await store.read(stream));
  }
  const { folded, read } = await foldFromSnapshot(
    store,
    stream,
    { ...aggregate, snapshot: aggregate.snapshot },
    snapshots,
  );
  if (read.length >= EVENTS_PER_SNAPSHOT) {
    await keep(snapshots, stream, aggregate.snapshot, folded, read.at(-1) as RecordedEvent);
  }
  return folded;
};

const foldFromSnapshot = async <C, S, E extends { readonly type: string }>(
  store: EventStore,
  stream: string,
  aggregate: StoredAggregate<C, S, E> & { readonly snapshot: SnapshotCodec<S> },
  snapshots: SnapshotCache,
): Promise<{ readonly folded: Folded<S>; readonly read: readonly RecordedEvent[] }> => {
  const snapshot = await snapshots.get(stream, aggregate.snapshot.schemaVersion).catch(() => undefined);
  if (snapshot !== undefined) {
    // Its own last event is read again: only the log says whether the snapshot is of this stream.
    const [last, ...read] = await store.read(stream, { from: snapshot.revision });
    if (last?.id === snapshot.eventId) {
      return { folded: foldOn(aggregate, fromSnapshot(aggregate.snapshot, snapshot, last), read), read };
    }
  }
  const read = await store.read(stream);
  return { folded: foldOn(aggregate, emptyOf(aggregate), read), read };
};

const emptyOf = <C, S, E extends { readonly type: string }>({
  decider,
}: StoredAggregate<C, S, E>): Folded<S> => ({
  state: decider.initial,
  revision: undefined,
  position: undefined,
  commands: new Map(),
});

const fromSnapshot = <S>(codec: SnapshotCodec<S>, snapshot: Snapshot, last: RecordedEvent): Folded<S> => ({
  state: codec.decode(snapshot.state),
  revision: last.revision,
  position: last.position,
  commands: new Map(Object.entries(snapshot.commands)),
});

const foldOn = <C, S, E extends { readonly type: string }>(
  { decider, codec }: StoredAggregate<C, S, E>,
  from: Folded<S>,
  events: readonly RecordedEvent[],
): Folded<S> => {
  const commands = new Map(from.commands);
  let state = from.state;
  for (const event of events) {
    state = decider.evolve(state, codec.decode(event));
    commands.set(event.metadata.requestId, { command: event.metadata.command, position: event.position });
  }
  const last = events.at(-1) ?? from;
  return { state, revision: last.revision, position: last.position, commands };
};

const keep = async <S>(
  snapshots: SnapshotCache,
  stream: string,
  codec: SnapshotCodec<S>,
  { state, commands }: Folded<S>,
  { revision, id: eventId }: RecordedEvent,
): Promise<void> => {
  const snapshot = { revision, eventId, state: codec.encode(state), commands: Object.fromEntries(commands) };
  // A cache that is full or away costs time, never an answer.
  await snapshots.put(stream, codec.schemaVersion, snapshot).catch(() => undefined);
};
