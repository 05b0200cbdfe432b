import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';

const SCRIPT = join(__dirname, '../../../../deploy/moto/bin/start.mjs');
/** The first start fetches its packages. */
export const MOTO_READY_WITHIN_MS = 240_000;
const READY = /^moto is ready: (http:\/\/\S+)$/m;

/** Why moto cannot be had here; undefined where it can. Where CI is set it can be had, or its tests fail. */
export const motoMissing = (): string | undefined => {
  if (process.env['CI']) return undefined;
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT, '--check'], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim().split('\n')[0];
};

/** A server that answers as AWS does. It ends with this process, whatever becomes of it. */
export class MotoServer {
  private constructor(
    readonly origin: string,
    private readonly script: ChildProcess,
  ) {}

  static start(): Promise<MotoServer> {
    return new Promise((resolve, reject) => {
      const script = spawn(process.execPath, [SCRIPT], { stdio: ['pipe', 'pipe', 'pipe'] });
      let said = '';
      const timer = setTimeout(() => script.kill('SIGTERM'), MOTO_READY_WITHIN_MS);
      const listen = (text: Buffer): void => {
        said += text.toString('utf8');
        const origin = READY.exec(said)?.[1];
        if (origin === undefined) return;
        clearTimeout(timer);
        resolve(new MotoServer(origin, script));
      };
      script.stdout.on('data', listen);
      script.stderr.on('data', listen);
      script.on('error', reject);
      script.on('exit', () => {
        clearTimeout(timer);
        reject(new Error(`no moto for the tests:\n${said}`));
      });
    });
  }

  /** From now on requests need a signature that is right, of keys whose policies allow them. */
  async checkRequests(): Promise<void> {
    const answer = await fetch(`${this.origin}/moto-api/reset-auth`, { method: 'POST', body: '0' });
    if (!answer.ok) throw new Error(`moto answered ${answer.status}`);
  }

  /** Forgets everything that it was told. */
  async reset(): Promise<void> {
    const answer = await fetch(`${this.origin}/moto-api/reset`, { method: 'POST' });
    if (!answer.ok) throw new Error(`moto answered ${answer.status}`);
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.script.once('exit', resolve));
    this.script.stdin?.end();
    await ended;
  }
}
