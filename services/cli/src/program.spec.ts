import type { Command } from 'commander';
import { createProgram, runProgram } from './program';

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

describe('a time that is none', () => {
  const run = async (args: readonly string[]): Promise<unknown[]> => {
    const said: string[] = [];
    const streams = { env: {}, out: () => undefined, err: (text: string) => said.push(text) };
    try {
      await runProgram(streams, args);
      return [process.exitCode, ...said];
    } finally {
      process.exitCode = undefined;
    }
  };

  it.each([
    'keys issue nightly --expires',
    'history --from',
    'history --to',
    'invites create jo@example.org --expires',
    'invites resend inv_1 --expires',
  ])('is refused as anything else is: %s', async (command) => {
    for (const text of ['2027-02-30', '1', '2026-12-24T18:00']) {
      const args = [...command.split(' '), text];
      const facts = `  text: ${text}\n  expected: 2026-12-24T18:00:00Z`;
      expect(await run(args)).toEqual([1, `INVALID: TIME_MALFORMED\n${facts}`]);
      const [code, told] = await run(['--json', ...args]);
      expect([code, JSON.parse(String(told))]).toMatchObject([1, { error: { reason: 'TIME_MALFORMED' } }]);
    }
  });
});
