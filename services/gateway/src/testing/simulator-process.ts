import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export interface BookRow {
  readonly id: string;
  readonly promptTokens: number;
  readonly completionTokens: number;
  readonly billedNanoUsd: string;
  readonly completed: boolean;
}

/** The upstream simulator in a process of its own. Needs `npm run build`. */
export class SimulatorProcess {
  private constructor(
    private readonly child: ChildProcess,
    readonly url: string,
  ) {}

  static async start(directory: string): Promise<SimulatorProcess> {
    const script = join(__dirname, '..', '..', '..', '..', 'deploy', 'simulator', 'dist', 'main.js');
    if (!existsSync(script)) throw new Error('the simulator is not built: run `npm run build` first');
    const args = [script, '--listen', '127.0.0.1:0', '--data', directory];
    const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return new SimulatorProcess(child, (JSON.parse(line.toString()) as { listening: string }).listening);
  }

  async book(): Promise<{ billedNanoUsd: string; requests: BookRow[] }> {
    return (await (await fetch(`${this.url}/book`)).json()) as { billedNanoUsd: string; requests: BookRow[] };
  }

  async stop(): Promise<void> {
    const exited = once(this.child, 'exit');
    this.child.kill('SIGTERM');
    await exited;
  }
}
