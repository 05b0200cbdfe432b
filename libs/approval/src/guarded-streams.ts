import {
  type CommandOptions,
  type Decision,
  type EventMetadata,
  type EventStore,
  type IdentifiedCommand,
  type Intended,
  isSameRequest,
  type RecordedEvent,
  revision as revisionAt,
  type StoredAggregate,
  Streams,
} from '@gatehouse/event-store';
import { AppError, type Ids, type LetsMore } from '@gatehouse/kernel';
import type { Approvals } from './approvals';

interface Guard<State, Event> {
  readonly approvals: Approvals;
  readonly letsMore: LetsMore<State, Event>;
  /**
   * Which parts of what a stream is about an event changes: what was approved of one is carried out although another has changed
   * since. Absent, everything is one part.
   */
  readonly partsOf?: (event: Event) => readonly string[];
}

/** Streams whose changes may let more be spent or called: each is judged before it is appended, whoever wants it. */
export class GuardedStreams<Command, State, Event extends { readonly type: string }> extends Streams<
  Command,
  State,
  Event
> {
  private readonly log: Pick<EventStore, 'read'>;

  constructor(
    store: EventStore,
    prefix: string,
    private readonly guarded: StoredAggregate<Command, State, Event>,
    ids: Ids,
    private readonly guard: Guard<State, Event>,
  ) {
    super(store, prefix, guarded, ids);
    this.log = store;
  }

  /** Of what was approved also CONFLICT `REQUEST_ID_REUSED` where something else was done under its request id. */
  override async record(id: string, command: Command, options: CommandOptions): Promise<Decision<State>> {
    const decision = await super.record(id, command, this.consented(options));
    if (decision.repeated) await this.assertApproved(id, options.metadata);
    return decision;
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

  /** What was found done under the request id of what was approved is that only where its approval caused it. */
  private async assertApproved(id: string, asked: EventMetadata): Promise<void> {
    const consent = this.guard.approvals.consents.current;
    if (consent?.kind !== 'approved') return;
    let done: RecordedEvent | undefined;
    for await (const part of this.recordedParts(id))
      done = part.findLast(({ metadata }) => isSameRequest(metadata, asked)) ?? done;
    if (done?.stream !== consent.judged.name || done.metadata.causationId === consent.causationId) return;
    throw new AppError('CONFLICT', 'REQUEST_ID_REUSED');
  }

  protected override judge(intended: Intended<State, Event>): Promise<void> {
    const { approvals, letsMore } = this.guard;
    return approvals.judge(intended, {
      letsMore,
      encode: (event) => this.guarded.codec.encode(event),
      isAsJudged: (judged) => this.isAsJudged(intended, judged),
    });
  }

  /**
   * Whether nothing of what these events change has changed since that revision. Whatever comes after what was read here is found by
   * the append, which is judged again.
   */
  private async isAsJudged(
    { stream, revision, events }: Intended<State, Event>,
    judged: bigint | undefined,
  ): Promise<boolean> {
    if (judged === revision) return true;
    const { partsOf } = this.guard;
    if (partsOf === undefined || judged === undefined) return false;
    const changed = new Set(events.flatMap(partsOf));
    const since = await this.log.read(stream, { from: revisionAt(judged + 1n) });
    return !since.flatMap((event) => partsOf(this.decode(event))).some((part) => changed.has(part));
  }
}
