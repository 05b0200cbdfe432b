import { AppError, type Ids } from '@gatehouse/kernel';
import { revisionMismatch } from './append-rules';
import type { EventMetadata, Position, Revision } from './event';
import { BEFORE_FIRST, NO_EVENTS } from './event';
import type { AppendResult, EventStore, StreamAppend } from './event-store';
import { foldEvents, type Folded, foldStream, type StoredAggregate } from './fold-stream';
import { isAskedFor, requestKey } from './same-request';

export interface Decision<State> {
  readonly state: State;
  /** Revision of the stream's last event; undefined when the stream is still empty. */
  readonly revision: Revision | undefined;
  /** The position the command reached (or where the stream stood, when nothing was decided). */
  readonly position: Position;
  /** True when an earlier call with the same request id had made these events. */
  readonly repeated: boolean;
  /** How many events it recorded; none where nothing was decided, or an earlier call had done it. */
  readonly events: number;
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
 * CONFLICT `REQUEST_ID_REUSED`. Steps of services have request ids apart from those that callers choose.
 */
export const decideAndAppend = async <C, S, E extends { readonly type: string }>(
  store: EventStore,
  stream: string,
  aggregate: StoredAggregate<C, S, E>,
  command: C,
  options: DecideOptions<S, E>,
): Promise<Decision<S>> => {
  for (let attempt = 1; ; attempt++) {
    const folded = await foldStream(store, stream, aggregate);
    const outcome = await decideOn(folded, { stream, command }, aggregate, options);
    if (outcome.kind === 'decision') return outcome.decision;
    const { events, expected } = outcome.append;
    try {
      const appended = await store.append(stream, events, expected);
      return { ...appended, state: outcome.after, repeated: false, events: events.length };
    } catch (error) {
      if (!mayTryAgain(error, attempt, options)) throw error;
    }
  }
};

/** A command to one of several streams. */
export interface StreamCommand<C> {
  readonly stream: string;
  readonly command: C;
}

/**
 * `decideAndAppend` for each of several streams, each of them once, which are read and appended to together. Each is
 * answered for itself, in their order.
 */
export const decideAndAppendEach = async <C, S, E extends { readonly type: string }>(
  store: EventStore,
  commands: readonly StreamCommand<C>[],
  aggregate: StoredAggregate<C, S, E>,
  options: DecideOptions<S, E>,
): Promise<readonly PromiseSettledResult<Decision<S>>[]> => {
  const answers: PromiseSettledResult<Decision<S>>[] = [];
  let open: readonly number[] = commands.map((_, index) => index);
  for (let attempt = 1; open.length > 0; attempt++) {
    const asked = open.map((index) => commands[index] as StreamCommand<C>);
    const attempted = await attemptEach(store, asked, aggregate, options);
    const lost = attempted.map((one) => one.raced && mayTryAgain(one.answer.reason, attempt, options));
    attempted.forEach(({ answer }, at) => (answers[open[at] as number] = answer));
    open = open.filter((_, at) => lost[at]);
  }
  return answers;
};

/** `raced`: what was refused is the append, and not the command. */
type Attempt<S> =
  | { readonly raced: true; readonly answer: PromiseRejectedResult }
  | { readonly raced: false; readonly answer: PromiseSettledResult<Decision<S>> };

const attemptEach = async <C, S, E extends { readonly type: string }>(
  store: EventStore,
  commands: readonly StreamCommand<C>[],
  aggregate: StoredAggregate<C, S, E>,
  options: DecideOptions<S, E>,
): Promise<readonly Attempt<S>[]> => {
  const attempts = new Map<StreamCommand<C>, Attempt<S>>();
  const attempt = async (
    some: readonly StreamCommand<C>[],
    fold: (stream: string) => Folded<S> | Promise<Folded<S>>,
  ): Promise<void> => {
    const outcomes = await Promise.allSettled(
      some.map(async (one) => decideOn(await fold(one.stream), one, aggregate, options)),
    );
    const attempted = await appendOutcomes(store, outcomes);
    some.forEach((one, index) => attempts.set(one, attempted[index] as Attempt<S>));
  };
  for await (const read of store.readGroups(commands.map(({ stream }) => stream)))
    await attempt(
      commands.filter(({ stream }) => read.has(stream)),
      (stream) => foldEvents(read.get(stream) ?? [], aggregate),
    );
  for (const one of commands)
    if (!attempts.has(one)) await attempt([one], (stream) => foldStream(store, stream, aggregate));
  return commands.map((one) => attempts.get(one) as Attempt<S>);
};

/** Appends what was decided, and answers for all of it. */
const appendOutcomes = async <S>(
  store: EventStore,
  outcomes: readonly PromiseSettledResult<Outcome<S>>[],
): Promise<readonly Attempt<S>[]> => {
  const appends = outcomes.flatMap((one) =>
    one.status === 'fulfilled' && one.value.kind === 'append' ? [one.value.append] : [],
  );
  const answers = await store.appendEach(appends);
  let next = 0;
  return outcomes.map((one): Attempt<S> => {
    if (one.status === 'rejected') return { raced: false, answer: one };
    if (one.value.kind === 'decision') return { raced: false, answer: fulfilled(one.value.decision) };
    const { append, after } = one.value;
    const answer = answers[next++] as PromiseSettledResult<AppendResult>;
    if (answer.status === 'rejected') return { raced: true, answer };
    const appended = { ...answer.value, state: after, repeated: false, events: append.events.length };
    return { raced: false, answer: fulfilled(appended) };
  });
};

type Outcome<S> =
  | { readonly kind: 'decision'; readonly decision: Decision<S> }
  | { readonly kind: 'append'; readonly append: StreamAppend; readonly after: S };

/** What a command comes to on what was read of its stream. */
const decideOn = async <C, S, E extends { readonly type: string }>(
  folded: Folded<S>,
  { stream, command }: StreamCommand<C>,
  { decider, codec }: StoredAggregate<C, S, E>,
  { metadata, ids, expectedRevision, judge }: DecideOptions<S, E>,
): Promise<Outcome<S>> => {
  const repeated = repeatedDecision(folded, metadata);
  if (repeated !== undefined) return { kind: 'decision', decision: repeated };
  const { state, revision, position = BEFORE_FIRST } = folded;
  if (expectedRevision !== undefined && (revision ?? NO_EVENTS) !== expectedRevision) {
    throw revisionMismatch(revision);
  }
  const decided = decider.decide(command, state);
  if (decided.length === 0) {
    return { kind: 'decision', decision: { state, revision, position, repeated: false, events: 0 } };
  }
  const after = decided.reduce(decider.evolve, state);
  await judge?.({ stream, metadata, revision, before: state, after, events: decided });
  const own = isAskedFor(metadata) ? [] : ['own'];
  const events = decided.map((event, index) => ({
    ...codec.encode(event),
    id: ids.eventId(stream, metadata.requestId, String(index), ...own),
    metadata,
  }));
  return { kind: 'append', append: { stream, events, expected: revision ?? 'none' }, after };
};

const mayTryAgain = (
  error: unknown,
  attempt: number,
  { attemptsMax = 5 }: Pick<DecideOptions, 'attemptsMax'>,
): boolean => error instanceof AppError && error.code === 'CONFLICT' && attempt < attemptsMax;

const fulfilled = <Value>(value: Value): PromiseFulfilledResult<Value> => ({ status: 'fulfilled', value });

const repeatedDecision = <S>(
  { state, revision, commands }: Folded<S>,
  metadata: EventMetadata,
): Decision<S> | undefined => {
  const earlier = commands.get(requestKey(metadata));
  if (earlier === undefined) return undefined;
  if (earlier.command !== metadata.command) throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
  return { state, revision, position: earlier.position, repeated: true, events: 0 };
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
