import type { Decider } from '@gatehouse/kernel';
import type { Position, RecordedEvent, Revision } from './event';
import type { EventCodec } from './event-codec';
import type { EventStore } from './event-store';
import { requestKey } from './same-request';

/** An aggregate with how its events are stored. */
export interface StoredAggregate<C, S, E extends { readonly type: string }> {
  readonly decider: Decider<C, S, E>;
  readonly codec: EventCodec<E>;
}

/** A command that a stream has seen. */
export interface SeenCommand {
  readonly command: string;
  /** Position of the last event that it made. */
  readonly position: Position;
}

export interface Folded<S> {
  readonly state: S;
  /** Of the last event; undefined where there is none. */
  readonly revision: Revision | undefined;
  readonly position: Position | undefined;
  /** By `requestKey`: a repeated command is known by it. */
  readonly commands: ReadonlyMap<string, SeenCommand>;
}

/** The stream's state, from its beginning. However long it is, no more than a part of it is held at once. */
export const foldStream = async <C, S, E extends { readonly type: string }>(
  store: EventStore,
  stream: string,
  aggregate: StoredAggregate<C, S, E>,
): Promise<Folded<S>> => {
  let folded = foldEvents([], aggregate);
  for await (const part of store.readParts(stream)) folded = foldEvents(part, aggregate, folded);
  return folded;
};

/** What all the events of a stream come to, or those that follow what was folded before. */
export const foldEvents = <C, S, E extends { readonly type: string }>(
  events: readonly RecordedEvent[],
  { decider, codec }: StoredAggregate<C, S, E>,
  before?: Folded<S>,
): Folded<S> => {
  const commands = new Map(before?.commands);
  let state = before ? before.state : decider.initial;
  for (const event of events) {
    state = decider.evolve(state, codec.decode(event));
    commands.set(requestKey(event.metadata), { command: event.metadata.command, position: event.position });
  }
  const last = events.at(-1) ?? before;
  return { state, revision: last?.revision, position: last?.position, commands };
};
