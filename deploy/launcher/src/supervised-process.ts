import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ChildRegister } from './child-register';
import type { LogFiles } from './log-files';
import type { ProcessUser } from './process-users';

export interface ProcessSpec {
  readonly name: string;
  /** Arguments of node: flags, script, the script's own. */
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
  /** Undefined: ours. */
  readonly user?: ProcessUser | undefined;
  /** Whether it serves now. */
  readonly isReady: () => Promise<boolean>;
}

/** A process that has lived this long had started well: its next death begins a new count. */
const STEADY_MS = 30_000;
const BACKOFF_MS = [0, 250, 500, 1_000, 2_000, 5_000] as const;
const STOP_GRACE_MS = 8_000;
/** Deaths in a row during a start, after which waiting longer is pointless. */
const START_DEATHS_MAX = 4;
const READY_DEADLINE_MS = 60_000;
const LOG_LINES_SHOWN = 12;

/**
 * A child that is started again whenever it dies. It ends when the launcher ends, however that happens: the channel
 * between the two breaks, and the preloaded script sees it.
 */
export class SupervisedProcess {
  private child: ChildProcess | undefined;
  private deaths = 0;
  private startedAt = 0;
  private stopping = false;
  private restart: NodeJS.Timeout | undefined;

  constructor(
    private readonly spec: ProcessSpec,
    private readonly logs: LogFiles,
    private readonly register: ChildRegister,
  ) {}

  get name(): string {
    return this.spec.name;
  }

  get pid(): number | undefined {
    return this.child?.pid;
  }

  start(): void {
    if (this.stopping) return;
    const log = this.logs.open(this.name);
    const child = spawn(process.execPath, this.spec.args, {
      env: this.spec.env,
      ...this.spec.user,
      stdio: ['ignore', log, log, 'ipc'],
      // A group of its own: Ctrl-C reaches the launcher alone, which stops everything in order.
      detached: true,
    });
    closeSync(log);
    this.child = child;
    this.startedAt = Date.now();
    if (child.pid !== undefined) this.register.add(this.name, child.pid);
    child.once('exit', () => this.died(child));
    child.once('error', () => this.died(child));
  }

  /** Resolves when it serves; rejects with the end of its log when it will not. */
  async waitUntilReady(signal: AbortSignal): Promise<void> {
    for (const start = Date.now(); Date.now() - start < READY_DEADLINE_MS; await sleep(50)) {
      signal.throwIfAborted();
      if (this.isAlive && (await this.spec.isReady())) return;
      if (this.deaths >= START_DEATHS_MAX) break;
    }
    const why = this.deaths >= START_DEATHS_MAX ? 'keeps dying' : 'does not become ready';
    throw new Error(`${this.name} ${why}; the end of ${this.logs.path(this.name)}:\n${this.tail()}`);
  }

  /** SIGTERM, which one that was stopped goes on to hear, then SIGKILL for one that does not end in time. */
  async stop(): Promise<void> {
    this.stopping = true;
    clearTimeout(this.restart);
    const { child } = this;
    if (!child || !this.isAlive) return;
    const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    child.kill('SIGTERM');
    child.kill('SIGCONT');
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_GRACE_MS);
    await ended;
    clearTimeout(kill);
  }

  /** At once, for a user who cannot wait. */
  kill(): void {
    this.stopping = true;
    this.child?.kill('SIGKILL');
  }

  private get isAlive(): boolean {
    const { child } = this;
    return child?.pid !== undefined && child.exitCode === null && child.signalCode === null;
  }

  private died(child: ChildProcess): void {
    if (child !== this.child) return;
    this.child = undefined;
    this.register.remove(this.name);
    if (this.stopping) return;
    this.deaths = Date.now() - this.startedAt > STEADY_MS ? 0 : this.deaths;
    const backoff = BACKOFF_MS[Math.min(this.deaths, BACKOFF_MS.length - 1)] ?? 0;
    this.deaths += 1;
    this.restart = setTimeout(() => this.start(), backoff);
  }

  private tail(): string {
    return this.logs.tail(this.name, LOG_LINES_SHOWN);
  }
}
