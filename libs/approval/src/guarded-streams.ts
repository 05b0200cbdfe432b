import {
  type CommandOptions,
  type Decision,
  type EventStore,
  type IdentifiedCommand,
  type Intended,
  type StoredAggregate,
  Streams,
} from '@gatehouse/event-store';
import type { Ids, LetsMore } from '@gatehouse/kernel';
import type { Approvals } from './approvals';

interface Guard<State, Event> {
  readonly approvals: Approvals;
  readonly letsMore: LetsMore<State, Event>;
}

/** Streams whose changes may let more be spent or called: each is judged before it is appended, whoever wants it. */
export class GuardedStreams<Command, State, Event extends { readonly type: string }> extends Streams<
  Command,
  State,
  Event
> {
  constructor(
    store: EventStore,
    prefix: string,
    private readonly guarded: StoredAggregate<Command, State, Event>,
    ids: Ids,
    private readonly guard: Guard<State, Event>,
  ) {
    super(store, prefix, guarded, ids);
  }

  override record(id: string, command: Command, options: CommandOptions): Promise<Decision<State>> {
    return super.record(id, command, this.consented(options));
  }

  override recordEach(
    commands: readonly IdentifiedCommand<Command>[],
    options: CommandOptions,
  ): Promise<readonly PromiseSettledResult<Decision<State>>[]> {
    return super.recordEach(commands, this.consented(options));
  }

  /** What was approved is caused by its approval. */
  private consented(options: CommandOptions): CommandOptions {
    const consent = this.guard.approvals.consents.current;
    if (consent?.kind !== 'approved') return options;
    return { ...options, metadata: { ...options.metadata, causationId: consent.causationId } };
  }

  protected override judge(intended: Intended<State, Event>): Promise<void> {
    return this.guard.approvals.judge(intended, this.guard.letsMore, (event) =>
      this.guarded.codec.encode(event),
    );
  }
}
