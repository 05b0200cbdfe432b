import {
  type CommandOptions,
  type Decision,
  type EventStore,
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

  /** What was approved is caused by its approval. */
  override record(id: string, command: Command, options: CommandOptions): Promise<Decision<State>> {
    const consent = this.guard.approvals.consents.current;
    if (consent?.kind !== 'approved') return super.record(id, command, options);
    const metadata = { ...options.metadata, causationId: consent.causationId };
    return super.record(id, command, { ...options, metadata });
  }

  protected override judge(intended: Intended<State, Event>): Promise<void> {
    return this.guard.approvals.judge(intended, this.guard.letsMore, (event) =>
      this.guarded.codec.encode(event),
    );
  }
}
