import { CommanderError } from 'commander';
import { createProgram } from './program';

const USAGE_EXIT_CODE = 2;

const run = async (): Promise<void> => {
  const program = createProgram({ env: process.env, out: console.log, err: console.error });
  try {
    await program.parseAsync();
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    process.exitCode = error.exitCode === 0 ? 0 : USAGE_EXIT_CODE;
  }
};

void run();
