import type { Command } from 'commander';
import { createProgram } from './program';

const program = createProgram({ env: {}, out: () => undefined, err: () => undefined });

const flagsOf = ({ options }: Command): string[] =>
  options.flatMap(({ long, short }) => [long ?? [], short ?? []].flat());

/** Every command below another, with what its ancestors would take for themselves wherever it stands. */
const below = (command: Command, taken: readonly string[], name: string): [string, string[], Command][] =>
  command.commands.flatMap((child) => {
    const path = `${name} ${child.name()}`.trim();
    const above = [...taken, ...flagsOf(command)];
    return [[path, above, child] as [string, string[], Command], ...below(child, above, path)];
  });

describe('the command line', () => {
  it.each(below(program, [], ''))(
    '%s has no option that a command above it takes away',
    (_path, above, command) => {
      expect(flagsOf(command).filter((flag) => above.includes(flag))).toEqual([]);
    },
  );
});
