/**
 * An aggregate as two pure, total functions. `decide` refuses by throwing AppError; `evolve` never throws and never
 * validates.
 */
export interface Decider<Command, State, Event> {
  readonly initial: State;
  decide(command: Command, state: State): readonly Event[];
  evolve(state: State, event: Event): State;
}
