import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { ChildRegister } from './child-register';
import type { Asked, SetupTasks, Told } from './setup-tasks';

type Result<Task extends keyof SetupTasks> = Awaited<ReturnType<SetupTasks[Task]>>;

const NAME = 'setup';

/**
 * A process that does what a start does once: database drivers, protos and gRPC go with it, where the launcher would hold
 * tens of megabytes of them for as long as the product runs. Like every child it ends with the launcher.
 */
export class SetupProcess {
  private readonly child: ChildProcess;

  constructor(
    guard: string,
    private readonly register: ChildRegister,
  ) {
    this.child = fork(join(__dirname, 'setup.bundle.cjs'), {
      execArgv: ['--require', guard],
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      // Ctrl-C reaches the launcher alone.
      detached: true,
    });
    this.child.on('error', () => undefined);
    if (this.child.pid !== undefined) register.add(NAME, this.child.pid);
  }

  /** Rejects with what the task failed of, in its words, and when the process has ended. One task at a time. */
  run<Task extends keyof SetupTasks>(
    asked: Asked<Task>,
    report: (text: string) => void,
  ): Promise<Result<Task>> {
    return new Promise((resolve, reject) => {
      const hear = (told: Told): void => {
        if ('report' in told) return report(told.report);
        over();
        if ('failed' in told) reject(new Error(told.failed));
        else resolve(told.done.value as Result<Task>);
      };
      const ended = (): void => {
        over();
        reject(new Error(`${NAME} ended before it was done`));
      };
      const over = (): void => void this.child.off('message', hear).off('exit', ended);
      this.child.on('message', hear).on('exit', ended);
      this.child.send(asked, (error) => error && ended());
    });
  }

  /** At once, whatever it is at: each step of a setup can be taken up again. Resolves when it is gone. */
  async end(): Promise<void> {
    const { child } = this;
    if (child.pid !== undefined && child.exitCode === null && child.signalCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    this.register.remove(NAME);
  }
}
