import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { workspaceRoot } from '@gatehouse/migrations';

/** Ends the process with the one that started it. */
const GUARD = join(workspaceRoot(), 'deploy/launcher/bin/exit-with-parent.cjs');

/** A service in a process of its own, to be killed. Needs `npm run build`. */
export class ServiceProcess {
  private constructor(private readonly child: ChildProcess) {}

  /**
   * Answers when it serves; throws when it ends before.
   *
   * @param name of the folder in `services`.
   */
  static async start(name: string, settings: Readonly<Record<string, string>>): Promise<ServiceProcess> {
    const built = join(workspaceRoot(), 'services', name, 'dist', 'main.js');
    if (!existsSync(built)) throw new Error(`${name} is not built: run \`npm run build\` first`);
    const child = spawn(process.execPath, ['--require', GUARD, built], {
      env: { PATH: process.env['PATH'], ...settings, GATEHOUSE_LOG_LEVEL: 'info' },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const started = new ServiceProcess(child);
    await new Promise<void>((resolve, reject) => {
      child.once('exit', (code, signal) => reject(new Error(`${name} ended: ${signal ?? code}`)));
      const lines = createInterface({ input: child.stdout as NodeJS.ReadableStream });
      lines.on('line', (line) => {
        if (line.includes('"msg":"serving"')) resolve();
      });
    });
    return started;
  }

  close(): Promise<void> {
    return this.end('SIGTERM');
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    await exited;
  }
}
