import { AppError } from '../app-error';
import type { Decider } from '../decider';

/** Given/when/then for deciders: `given(decider, …events).when(command).then(…events)`. */
export const given = <Command, State, Event>(
  decider: Decider<Command, State, Event>,
  ...history: readonly Event[]
) => {
  const state = history.reduce((current, event) => decider.evolve(current, event), decider.initial);
  return {
    when: (command: Command) => ({
      then: (...expected: readonly Event[]): void => {
        expect(decider.decide(command, state)).toEqual(expected);
      },
      thenRefused: (reason: string): void => {
        let refusal: unknown;
        try {
          decider.decide(command, state);
        } catch (error) {
          refusal = error;
        }
        expect(refusal).toBeInstanceOf(AppError);
        expect((refusal as AppError).reason).toBe(reason);
      },
    }),
  };
};
