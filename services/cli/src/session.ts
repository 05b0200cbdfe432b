import { randomUUID } from 'node:crypto';
import { type Command, Option } from 'commander';
import type { Connection } from './connection';
import type { Output } from './output';

/** What a command's action works with. */
export interface Session {
  readonly connection: Connection;
  readonly output: Output;
}

/** Runs a command's action with the connection that the options name, and closes it afterwards. */
export type Act = <Options, Args extends readonly string[]>(
  action: (session: Session, options: Options, ...args: Args) => Promise<void>,
) => (...input: unknown[]) => Promise<void>;

/** The options of a command that changes something. */
export interface ChangeOptions {
  readonly reason: string;
  readonly requestId: string;
}

export const withChangeOptions = (command: Command): Command =>
  command
    .option('--reason <text>', 'why, for the history', '')
    .addOption(
      new Option('--request-id <id>', 'makes a repetition find what the first call made').default(
        randomUUID(),
        'a new one',
      ),
    );
