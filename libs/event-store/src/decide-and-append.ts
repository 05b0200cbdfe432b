import { AppError, type Ids } from '@gatehouse/kernel';
import { revisionMismatch } from './append-rules';
import type { EventMetadata, Position, Revision } from './event';
import { BEFORE_FIRST, NO_EVENTS } from './event';
import type { EventStore } from './event-store';
import { type Folded, foldStream, type StoredAggregate } from './fold-stream';

export interface Decision<State> {
  readonly state: State;
  /** Revision of the stream's last event; undefined when the stream is still empty. */
  readonly revision: Revision | undefined;
  /** The position the command reached (or where the stream stood, when nothing was decided). */
  readonly position: Position;
  /** True when an earlier call with the same request id had made these events. */
  readonly repeated: boolean;
}

/** What a command would bring about, before any of it is recorded. */
export interface Intended<State, Event> {
  readonly stream: string;
  readonly metadata: EventMetadata;
  /** Of the stream's last event; undefined where there is none. */
  readonly revision: Revision | undefined;
  readonly before: State;
  readonly after: State;
  /** At least one. */
  readonly events: readonly Event[];
}

export interface DecideOptions<State = unknown, Event = unknown> {
  readonly metadata: EventMetadata;
  /** Where the ids of the events come from: the same for a repetition. */
  readonly ids: Pick<Ids, 'eventId'>;
  /** Refuse with REVISION_MISMATCH unless the stream is at this revision, or is without events at `NO_EVENTS`. */
  readonly expectedRevision?: Revision;
  /** How often a lost race decides again; 1 … 10. */
  readonly attemptsMax?: number;
  /** Is asked about what was decided before it is appended, again after a lost race; whatever it throws refuses it. */
  readonly judge?: (intended: Intended<State, Event>) => Promise<void>;
}

/**
 * Reads the stream, decides, appends at the revision it read; a lost race decides again, boundedly. Idempotent by
 * request id (AIP-155): a repetition answers what the first call made, and a request id used for another command is
 * CONFLICT `REQUEST_ID_REUSED`.
 */
export const decideAndAppend = async <C, S, E extends { readonly type: string }>(
  store: EventStore,
  stream: string,
  aggregate: StoredAggregate<C, S, E>,
  command: C,
  options: DecideOptions<S, E>,
): Promise<Decision<S>> => {
  const { metadata, ids, expectedRevision, attemptsMax = 5 } = options;
  for (let attempt = 1; ; attempt++) {
    const folded = await foldStream(store, stream, aggregate);
    const repeated = repeatedDecision(folded, metadata);
    if (repeated !== undefined) return repeated;
    if (expectedRevision !== undefined && (folded.revision ?? NO_EVENTS) !== expectedRevision) {
      throw revisionMismatch(folded.revision);
    }
    const { state, revision, position } = folded;
    const decided = aggregate.decider.decide(command, state);
    if (decided.length === 0) return { state, revision, position: position ?? BEFORE_FIRST, repeated: false };
    const after = decided.reduce(aggregate.decider.evolve, state);
    await options.judge?.({ stream, metadata, revision, before: state, after, events: decided });
    const events = decided.map((event, index) => ({
      ...aggregate.codec.encode(event),
      id: ids.eventId(stream, metadata.requestId, String(index)),
      metadata,
    }));
    try {
      const appended = await store.append(stream, events, revision ?? 'none');
      return { ...appended, state: after, repeated: false };
    } catch (error) {
      const lostRace = error instanceof AppError && error.code === 'CONFLICT';
      if (!lostRace || attempt >= attemptsMax) throw error;
    }
  }
};

const repeatedDecision = <S>(
  { state, revision, commands }: Folded<S>,
  { requestId, command }: EventMetadata,
): Decision<S> | undefined => {
  const earlier = commands.get(requestId);
  if (earlier === undefined) return undefined;
  if (earlier.command !== command) throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
  return { state, revision, position: earlier.position, repeated: true };
};

/** The state of an aggregate as the log has it now. */
export const readState = async <C, S, E extends { readonly type: string }>(
  store: EventStore,
  stream: string,
  aggregate: StoredAggregate<C, S, E>,
): Promise<{ readonly state: S; readonly revision: Revision | undefined }> => {
  const { state, revision } = await foldStream(store, stream, aggregate);
  return { state, revision };
};
