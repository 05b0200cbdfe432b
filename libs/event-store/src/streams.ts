import { type Ids, Turns } from '@gatehouse/kernel';
import {
  decideAndAppend,
  decideAndAppendEach,
  type Decision,
  type DecideOptions,
  type Intended,
  readState,
} from './decide-and-append';
import type { EventMetadata, Position, RecordedEvent, Revision } from './event';
import type { EventStore } from './event-store';
import type { StoredAggregate } from './fold-stream';

/** An aggregate as its stream has it now. */
export interface Recorded<State> {
  readonly state: State;
  readonly revision: Revision;
  /** When its first event was recorded. */
  readonly createdAt: Date;
}

/** The answer to a command: what it was about, as it is now, and the position it reached. */
export interface Answer<State> extends Recorded<State> {
  readonly position: Position;
  /** True when an earlier call with the same request id had done it. */
  readonly repeated: boolean;
}

export interface CommandOptions {
  readonly metadata: EventMetadata;
  /** Refuse with CONFLICT `REVISION_MISMATCH` unless the stream is at this revision. */
  readonly expectedRevision?: Revision | undefined;
}

/** A command to one of several streams of a kind. */
export interface IdentifiedCommand<Command> {
  readonly id: string;
  readonly command: Command;
}

/**
 * The streams of one kind of aggregate: what they are called, and how they are read and written. Commands to one of them wait for
 * each other here, so that none is refused for being one of many: races are lost to other processes alone.
 */
export class Streams<Command, State, Event extends { readonly type: string }> {
  private readonly turns = new Turns();

  constructor(
    private readonly store: EventStore,
    private readonly prefix: string,
    private readonly aggregate: StoredAggregate<Command, State, Event>,
    private readonly ids: Pick<Ids, 'eventId'>,
  ) {}

  /** Every event of a stream, oldest first; none where there is no such stream. */
  recorded(id: string): Promise<readonly RecordedEvent[]> {
    return this.store.read(this.prefix + id);
  }

  /** The same in parts, for streams that may be long. */
  recordedParts(id: string): AsyncIterable<readonly RecordedEvent[]> {
    return this.store.readParts(this.prefix + id);
  }

  /** What an event of such a stream says. Throws on a type or version that this program does not know. */
  decode(recorded: RecordedEvent): Event {
    return this.aggregate.codec.decode(recorded);
  }

  /** Undefined where there is no such stream. */
  async find(id: string): Promise<Recorded<State> | undefined> {
    const [first] = await this.store.read(this.prefix + id, { limit: 1 });
    if (!first) return undefined;
    const { state, revision } = await readState(this.store, this.prefix + id, this.aggregate);
    return { state, revision: revision ?? first.revision, createdAt: first.recordedAt };
  }

  /** Decides and appends, and does not read again: for those who do this often, and answer nobody. */
  record(id: string, command: Command, options: CommandOptions): Promise<Decision<State>> {
    return this.turns.take(id, () =>
      decideAndAppend(this.store, this.prefix + id, this.aggregate, command, this.toDecide(options)),
    );
  }

  /** `record` for each of several streams at once, each of them once and answered for itself, in their order. */
  recordEach(
    commands: readonly IdentifiedCommand<Command>[],
    options: CommandOptions,
  ): Promise<readonly PromiseSettledResult<Decision<State>>[]> {
    const addressed = commands.map(({ id, command }) => ({ stream: this.prefix + id, command }));
    return decideAndAppendEach(this.store, addressed, this.aggregate, this.toDecide(options));
  }

  /**
   * What is to be known of each of several streams, by their ids; nobody holds the events of all of them at once.
   *
   * @param tell is given a stream's events, as `recorded` answers them.
   */
  async knownOfEach<Known>(
    ids: readonly string[],
    tell: (recorded: readonly RecordedEvent[]) => Known,
  ): Promise<ReadonlyMap<string, Known>> {
    const known = new Map<string, Known>();
    for await (const group of this.store.readGroups(ids.map((id) => this.prefix + id)))
      for (const [stream, recorded] of group) known.set(stream.slice(this.prefix.length), tell(recorded));
    for (const id of ids) if (!known.has(id)) known.set(id, tell(await this.recorded(id)));
    return known;
  }

  /** Streams whose changes may want consent ask for it here, before anything is appended. */
  protected judge(_intended: Intended<State, Event>): Promise<void> {
    return Promise.resolve();
  }

  private toDecide({ metadata, expectedRevision }: CommandOptions): DecideOptions<State, Event> {
    return {
      metadata,
      ids: this.ids,
      ...(expectedRevision !== undefined && { expectedRevision }),
      judge: (intended) => this.judge(intended),
    };
  }

  /** Decides, appends, and reads again: the answer is what the log says, also where a race was lost on the way. */
  async decide(id: string, command: Command, options: CommandOptions): Promise<Answer<State>> {
    const { position, repeated } = await this.record(id, command, options);
    const recorded = await this.find(id);
    if (!recorded) throw new Error(`${this.prefix}${id} has no events after a command`);
    return { ...recorded, position, repeated };
  }
}
