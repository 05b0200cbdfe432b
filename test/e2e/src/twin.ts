import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { freePort } from '@gatehouse/embedded-postgres';
import { factsOf, type ServiceName } from '@gatehouse/topology';
import type { Product } from './product';
import { ROOT } from './root';

const PATIENCE_MS = 60_000;

/** A second process of a service, started as the launcher starts the first: a replica that shares all its work. */
export class Twin {
  /** What it has logged. */
  said = '';
  private readonly heard = new Set<() => void>();

  private constructor(
    private readonly child: ChildProcess,
    /** Where it listens. */
    readonly address: string,
  ) {
    if (!child.stdout) throw new Error('the twin has no standard output');
    createInterface({ input: child.stdout }).on('line', (line) => {
      this.said += `${line}\n`;
      for (const look of [...this.heard]) look();
    });
  }

  /** @param settings other than the first one's, e.g. its certificates. */
  static async start(
    product: Product,
    service: ServiceName,
    settings: NodeJS.ProcessEnv = {},
  ): Promise<Twin> {
    const script = join(ROOT, 'services', service, 'dist/bundle.cjs');
    const guard = join(ROOT, 'deploy/launcher/bin/exit-with-parent.cjs');
    const address = `127.0.0.1:${await freePort()}`;
    const { http } = factsOf(service).listens;
    const listen =
      http === undefined
        ? { GATEHOUSE_GRPC_LISTEN: address }
        : { GATEHOUSE_HTTP_LISTEN: address, GATEHOUSE_GRPC_LISTEN: `127.0.0.1:${await freePort()}` };
    const child = spawn(process.execPath, ['--require', guard, script], {
      env: { ...environmentOf(product.pidOf(service)), ...settings, ...listen },
      stdio: ['ignore', 'pipe', 'inherit', 'ipc'],
    });
    const twin = new Twin(child, address);
    await twin.says('"msg":"serving"');
    return twin;
  }

  get pid(): number {
    return this.child.pid ?? 0;
  }

  /** Waits until its log has this text. */
  async says(text: string): Promise<void> {
    if (this.said.includes(text)) return;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`it never said ${text}:\n${this.said}`)), PATIENCE_MS);
      const look = (): void => {
        if (!this.said.includes(text)) return;
        clearTimeout(timer);
        this.heard.delete(look);
        resolve();
      };
      this.heard.add(look);
    });
  }

  /** Sends a signal; SIGTERM and SIGKILL are waited for. */
  async signal(signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): Promise<void> {
    const ended = once(this.child, 'exit');
    this.child.kill(signal);
    if (signal === 'SIGTERM' || signal === 'SIGKILL') await ended;
  }
}

/** Its settings, as they were given to it. */
const environmentOf = (pid: number | undefined): NodeJS.ProcessEnv =>
  Object.fromEntries(
    readFileSync(`/proc/${pid}/environ`, 'utf8')
      .split('\0')
      .map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)])
      // The channel to the launcher is the first one's own.
      .filter(([name]) => name !== '' && !name?.startsWith('NODE_CHANNEL')),
  );
