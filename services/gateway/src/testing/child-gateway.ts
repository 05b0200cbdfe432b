import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { eventsV1, type meteringV1 } from '@gatehouse/proto-gen';

type Message = { url?: string; failed?: string; record?: string; forked?: number; gone?: number };

/** A gateway in a process of its own. Needs `npm run build`. */
export class ChildGateway {
  /** Every worker that it ever forked, in that order. */
  readonly forked: number[] = [];
  /** Those of them whose end it has seen. */
  readonly gone: number[] = [];
  /** What all of its processes have logged. */
  log = '';
  /** Where it serves, once it does. Rejects with what it could not start for. */
  readonly serving: Promise<string>;
  private readonly child: ChildProcess;

  /** @param records where the usage goes that it publishes. */
  constructor(env: NodeJS.ProcessEnv, records: meteringV1.UsageRecord[]) {
    const script = join(__dirname, '..', '..', 'dist', 'testing', 'gateway-child.js');
    if (!existsSync(script)) throw new Error('the gateway is not built: run `npm run build` first');
    const child = fork(script, [], {
      env: { PATH: process.env['PATH'], ...env },
      execArgv: [],
      stdio: ['inherit', 'pipe', 'inherit', 'ipc'],
    });
    child.stdout?.on('data', (text: Buffer) => (this.log += text.toString()));
    this.child = child;
    this.serving = new Promise<string>((resolve, reject) => {
      child.on('message', (message: Message) => {
        if (message.url !== undefined) resolve(message.url);
        if (message.forked !== undefined) this.forked.push(message.forked);
        if (message.gone !== undefined) this.gone.push(message.gone);
        if (message.failed !== undefined) reject(new Error(message.failed));
        if (message.record === undefined) return;
        const { record } = eventsV1.UsageRecorded.decode(Buffer.from(message.record, 'base64'));
        if (record) records.push(record);
      });
      child.once('exit', () => reject(new Error('the gateway exited')));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Has other workers take the place of those that there are. */
  reload(): void {
    this.child.kill('SIGHUP');
  }

  async end(signal: 'SIGKILL' | 'SIGTERM'): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const exited = once(this.child, 'exit');
    this.child.kill(signal);
    const left = signal === 'SIGKILL' ? this.forked.filter((pid) => existsSync(`/proc/${pid}`)) : [];
    for (const pid of left) process.kill(pid, 'SIGKILL');
    await exited;
  }
}
