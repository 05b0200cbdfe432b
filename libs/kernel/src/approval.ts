/** What a command would bring about, at the time at which it is judged. */
export interface IntendedChange<State, Event> {
  readonly before: State;
  readonly after: State;
  readonly events: readonly Event[];
  readonly at: Date;
}

/**
 * Whether more may be spent or called after a change than before it. What counts is what stands before and after, not which
 * command was given: one that nobody thought of is judged as well, and many small steps come to no more than one.
 */
export type LetsMore<State, Event> = (change: IntendedChange<State, Event>) => boolean;

/** What a proposal was judged by: it is carried out as long as what it speaks of has not changed since. */
export interface JudgedStream {
  readonly name: string;
  /** Of its last event; undefined where there was none. */
  readonly revision: bigint | undefined;
}
