import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './root';

interface Outcome {
  readonly id: number;
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** `npx gatehouse` in one process for many commands; the suite of the README runs it as users do. */
export class CommandLine {
  private readonly child: ChildProcess;
  private readonly waiting = new Map<number, (outcome: Outcome) => void>();
  private commands = 0;

  constructor(private readonly env: NodeJS.ProcessEnv) {
    // It ends when the channel does: with this process, or when it is closed.
    this.child = fork(join(ROOT, 'test/e2e/command-line.cjs'), { cwd: ROOT, env, execArgv: [] });
    this.child.on('message', (outcome: Outcome) => this.waiting.get(outcome.id)?.(outcome));
    this.child.once('exit', (code) => {
      for (const [id, answer] of this.waiting) answer({ id, code: code ?? 1, out: '', err: 'it ended' });
    });
  }

  /** What the command printed; rejects with all it said when it fails. */
  async run(args: readonly string[]): Promise<string> {
    const id = this.commands++;
    const answered = new Promise<Outcome>((resolve) => this.waiting.set(id, resolve));
    this.child.send({ id, args, env: this.env });
    const { code, out, err } = await answered;
    this.waiting.delete(id);
    if (code !== 0) throw new Error(`gatehouse ${args.join(' ')} ended with ${code}:\n${out}\n${err}`);
    return out;
  }

  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    this.child.disconnect();
    await ended;
  }
}
