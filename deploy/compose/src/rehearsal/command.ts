import { spawn, type SpawnOptions } from 'node:child_process';

export interface CommandOptions {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal;
  /** Ends the command after so long. */
  readonly timeoutMs?: number;
}

/** A command that failed, with all it said. */
export class CommandFailed extends Error {
  constructor(
    command: string,
    readonly output: string,
    ended: string | number | null,
  ) {
    super(`${command} ended with ${ended}:\n${output.trim()}`);
    this.name = 'CommandFailed';
  }
}

/**
 * Runs a command and answers its standard output. CommandFailed unless it ends with 0. Also a command that is told to stop
 * has ended when this returns: what comes next may be cleaning up after it.
 */
export const run = (
  command: string,
  args: readonly string[],
  { cwd, env, signal, timeoutMs }: CommandOptions = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const options: SpawnOptions = {
      cwd,
      env: env ?? process.env,
      signal,
      timeout: timeoutMs,
      stdio: ['ignore', 'pipe', 'pipe'],
      // A group of its own, so that a terminal's Ctrl-C reaches us alone, who clean up.
      detached: true,
    };
    const child = spawn(command, [...args], options);
    let out = '';
    let all = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      out += chunk.toString();
      all += chunk.toString();
    });
    child.stderr?.on('data', (chunk: Buffer) => (all += chunk.toString()));
    let failure: Error | undefined;
    child.once('error', (error) => (failure = error));
    child.once('close', (code, endedBy) => {
      if (signal?.aborted) reject(signal.reason as Error);
      else if (failure) reject(failure);
      else if (code === 0) resolve(out);
      else reject(new CommandFailed([command, ...args].join(' '), all, code ?? endedBy));
    });
  });

/** Whether a command runs and ends with 0. */
export const succeeds = (
  command: string,
  args: readonly string[],
  options?: CommandOptions,
): Promise<boolean> =>
  run(command, args, options).then(
    () => true,
    () => false,
  );
