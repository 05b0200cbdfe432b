import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type BookRow, ProviderBook } from '@gatehouse/e2e';
import { workspaceRoot } from '@gatehouse/migrations';

/** The provider, at an address of its own, so that the way to it can be cut apart. */
export class Simulator {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(host: string, directory: string): Promise<Simulator> {
    const root = workspaceRoot(__dirname);
    const guard = join(root, 'deploy/launcher/bin/exit-with-parent.cjs');
    const script = join(root, 'deploy/simulator/dist/main.js');
    const child = spawn(
      process.execPath,
      ['--require', guard, script, '--listen', `${host}:0`, '--data', directory],
      { stdio: ['ignore', 'pipe', 'inherit', 'ipc'] },
    );
    if (!child.stdout) throw new Error('the simulator has no standard output');
    for await (const line of createInterface({ input: child.stdout }))
      return new Simulator(child, (JSON.parse(line) as { listening: string }).listening);
    throw new Error(`the simulator ended with ${child.exitCode}`);
  }

  rows(): Promise<BookRow[]> {
    return new ProviderBook(this.url).rows();
  }

  async stop(): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await ended;
  }
}
