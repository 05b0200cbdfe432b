import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '@gatehouse/embedded-postgres';
import { factsOf, type ServiceName } from '@gatehouse/topology';
import type { Product } from './product';
import { processTree } from './process-tree';
import { ROOT } from './root';

const BUNDLE = 'dist/bundle.cjs';

const PATIENCE_MS = 60_000;

/** A second process of a service, started as the launcher starts the first: a replica that shares all its work. */
export class Twin {
  /** What it has logged. */
  said = '';
  /** Resolves when the process has ended, however it did. */
  readonly ended: Promise<void>;
  private readonly heard = new Set<() => void>();

  private constructor(
    private readonly child: ChildProcess,
    /** Where it listens. */
    readonly address: string,
  ) {
    if (!child.stdout) throw new Error('the twin has no standard output');
    this.ended = once(child, 'close').then(() => undefined);
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.said += `${line}\n`;
      for (const look of [...this.heard]) look();
    });
  }

  /**
   * @param settings other than the first one's, e.g. its certificates, or where it listens.
   * @param through a command that becomes the one behind it, e.g. `ip netns exec …`.
   * Rejects when it ends before it serves, with what it has logged.
   */
  static async start(
    product: Product,
    service: ServiceName,
    settings: NodeJS.ProcessEnv = {},
    through: readonly string[] = [],
  ): Promise<Twin> {
    const script = join(ROOT, 'services', service, BUNDLE);
    const guard = join(ROOT, 'deploy/launcher/bin/exit-with-parent.cjs');
    const address = `127.0.0.1:${await freePort()}`;
    const { http } = factsOf(service).listens;
    const listen =
      http === undefined
        ? { GATEHOUSE_GRPC_LISTEN: address }
        : { GATEHOUSE_HTTP_LISTEN: address, GATEHOUSE_GRPC_LISTEN: `127.0.0.1:${await freePort()}` };
    const env: NodeJS.ProcessEnv = { ...environmentOf(product.pidOf(service)), ...listen, ...settings };
    const [command = process.execPath, ...args] = [...through, process.execPath, '--require', guard, script];
    const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'inherit', 'ipc'] });
    const twin = new Twin(child, env['GATEHOUSE_HTTP_LISTEN'] ?? env['GATEHOUSE_GRPC_LISTEN'] ?? address);
    try {
      await twin.says('"msg":"serving"');
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return twin;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until its log has this text; rejects when it ends before. */
  async says(text: string): Promise<void> {
    if (this.said.includes(text)) return;
    await new Promise<void>((resolve, reject) => {
      const over = (error?: Error): void => {
        clearTimeout(timer);
        this.heard.delete(look);
        this.child.off('close', ended);
        if (error) reject(error);
        else resolve();
      };
      const look = (): void => (this.said.includes(text) ? over() : undefined);
      const ended = (): void => over(new Error(`it ended and never said ${text}:\n${this.said}`));
      const timer = setTimeout(() => over(new Error(`it never said ${text}:\n${this.said}`)), PATIENCE_MS);
      this.heard.add(look);
      this.child.once('close', ended);
    });
  }

  /** The process that serves: of a gateway the last of its workers. */
  get servingPid(): number {
    return processTree(this.pid).findLast(({ command }) => command.includes(BUNDLE))?.pid ?? this.pid;
  }

  /** Sends a signal; SIGTERM, which a gateway's workers hear of by itself, and SIGKILL are waited for. */
  async signal(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const below = signal === 'SIGTERM' ? [] : processTree(this.pid).slice(1);
    this.child.kill(signal);
    for (const { pid } of below) killUnlessGone(pid, signal);
    if (signal === 'SIGTERM' || signal === 'SIGKILL') await this.ended;
  }
}

const killUnlessGone = (pid: number, signal: NodeJS.Signals): void => {
  try {
    process.kill(pid, signal);
  } catch {
    // It has ended with what started it.
  }
};

/** Its settings, as they were given to it. */
const environmentOf = (pid: number | undefined): NodeJS.ProcessEnv =>
  Object.fromEntries(
    readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)])
      // The channel to the launcher is the first one's own.
      .filter(([name]) => name !== '' && !name?.startsWith('NODE_CHANNEL')),
  );
