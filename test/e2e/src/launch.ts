import { type ChildProcess, spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';
import { join } from 'node:path';
import type { ControlServiceName } from '@gatehouse/topology';
import { workersEnv } from './gateway-workers';
import { ROOT } from './root';

/** A run of tests that is killed leaves nothing behind. */
const ENDS_WITH_US = join(ROOT, 'deploy/launcher/bin/exit-with-parent.cjs');
const READY_DEADLINE_MS = 120_000;

/** The line that `--json` prints. */
export interface Announcement {
  readonly gateway: string;
  readonly console: string;
  readonly simulator: string;
  readonly grpc: Readonly<Record<ControlServiceName, string>>;
  readonly organization: string;
  readonly workspace: string;
  readonly model: string;
  readonly signIn?: string;
  readonly adminKey?: string;
  readonly apiKey?: string;
}

export interface LaunchOptions {
  readonly args: readonly string[];
  /** As a user types it; by default the script behind `npm start`, which saves a shell. */
  readonly throughNpm?: boolean;
  /** Another than that of the tests; not through npm. */
  readonly node?: string;
  readonly env?: NodeJS.ProcessEnv;
}

/** One run of `npm start`, in a process group of its own, as a terminal makes it. */
export class Launch {
  private out = '';
  private err = '';
  private end: { code: number | null; signal: NodeJS.Signals | null } | undefined;
  readonly exited: Promise<{ code: number | null; signal: NodeJS.Signals | null }>;

  private constructor(private readonly child: ChildProcess) {
    child.stdout?.on('data', (chunk: Buffer) => (this.out += chunk.toString()));
    child.stderr?.on('data', (chunk: Buffer) => (this.err += chunk.toString()));
    this.exited = new Promise((resolve) =>
      child.once('close', (code, signal) => resolve((this.end = { code, signal }))),
    );
  }

  static start({ args, throughNpm = false, node = process.execPath, env = {} }: LaunchOptions): Launch {
    const [command, first] = throughNpm
      ? ['npm', ['start', '--silent', '--']]
      : [node, ['--require', ENDS_WITH_US, 'deploy/launcher/bin/start.mjs']];
    const child = spawn(command, [...first, ...args], {
      cwd: ROOT,
      env: { ...userEnv(), ...workersEnv, ...env },
      stdio: ['ignore', 'pipe', 'pipe', ...(throughNpm ? [] : ['ipc' as const])],
      detached: true,
    });
    return new Launch(child);
  }

  get pid(): number {
    if (this.child.pid === undefined) throw new Error('it was never started');
    return this.child.pid;
  }

  get stdout(): string {
    return this.out;
  }

  get stderr(): string {
    return this.err;
  }

  /** Nobody reads what it prints any more. */
  deafen(): void {
    this.child.stdout?.destroy();
  }

  /** What `--json` announced; rejects with what was printed when it ended or took too long. */
  async ready(): Promise<Announcement> {
    return JSON.parse(await this.until(() => /^(.*)\n/.exec(this.out)?.[1])) as Announcement;
  }

  /** Waits for a text on standard error, for example a step's. */
  async says(text: string): Promise<void> {
    await this.until(() => (this.err.includes(text) ? text : undefined));
  }

  /** Ctrl-C: the terminal tells every process of the group. */
  async interrupt(): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (!this.end) process.kill(-this.pid, 'SIGINT');
    return this.exited;
  }

  /** SIGKILL of the launcher alone: its children are in groups of their own. */
  async kill(): Promise<void> {
    if (!this.end) process.kill(this.pid, 'SIGKILL');
    await this.exited;
  }

  private until(look: () => string | undefined): Promise<string> {
    return new Promise((resolve, reject) => {
      const deadline = setTimeout(() => settle('took too long'), READY_DEADLINE_MS);
      const settle = (fault?: string): void => {
        const found = look();
        if (found === undefined && fault === undefined) return;
        clearTimeout(deadline);
        this.child.stdout?.off('data', onOutput);
        this.child.stderr?.off('data', onOutput);
        this.child.off('close', onClose);
        if (found !== undefined) resolve(found);
        else reject(new Error(`the product ${fault}:\n${this.err}\n${this.out}`));
      };
      const onOutput = (): void => settle();
      const onClose = (): void => settle('ended');
      this.child.stdout?.on('data', onOutput);
      this.child.stderr?.on('data', onOutput);
      this.child.on('close', onClose);
      settle(this.end && 'ended');
    });
  }
}

/** What a user's shell has; nothing of the test runner's own settings. */
export const userEnv = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^(NODE_ENV|NODE_OPTIONS|JEST_.*|npm_.*|GATEHOUSE_.*)$/i.test(name),
    ),
  );

/** A port for the gateway that is free now, apart from those that launchers and kernels choose by themselves. */
export const freeGatewayPort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(10_000, 20_000);
    const free = await new Promise<boolean>((resolve) => {
      const server = createServer()
        .once('error', () => resolve(false))
        .listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    if (free) return port;
  }
};
