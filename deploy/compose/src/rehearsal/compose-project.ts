import { setTimeout as sleep } from 'node:timers/promises';
import { CommandFailed, run } from './command';
import type { Engine } from './engine';

const UP_WITHIN_MS = 300_000;
const HEALTHY_WITHIN_MS = 120_000;
const LOG_LINES = 40;

export interface ProjectOptions {
  readonly name: string;
  /** Where docker-compose.yml is. */
  readonly root: string;
  readonly envFile: string;
  readonly profiles: readonly string[];
  /** Variables of docker-compose.yml beside those of the env file. */
  readonly variables: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/** One installation of docker-compose.yml under a name of its own. */
export class ComposeProject {
  constructor(
    private readonly engine: Engine,
    private readonly options: ProjectOptions,
  ) {}

  async build(): Promise<void> {
    // One image for all: building it for one service is building it for each.
    await this.compose(['build', 'migrator']);
  }

  /** Starts everything and waits until every container with a health check is healthy, the gateway last. */
  async up(): Promise<void> {
    await this.compose(['up', '--detach'], { timeoutMs: UP_WITHIN_MS });
    for (const start = Date.now(); ; await sleep(500)) {
      this.options.signal.throwIfAborted();
      const waiting = (await this.containers()).filter(({ health }) => health !== '' && health !== 'healthy');
      if (waiting.length === 0) return;
      if (Date.now() - start > HEALTHY_WITHIN_MS) {
        throw new Error(
          `not healthy: ${waiting.map(({ name, health }) => `${name} (${health})`).join(', ')}`,
        );
      }
    }
  }

  /** The user that a service's main process runs as, `uid:gid`. */
  async userOf(service: string): Promise<string> {
    return (await this.exec(service, ['sh', '-c', 'echo $(id -u):$(id -g)'])).trim();
  }

  /** What a command in a service's container prints. */
  exec(service: string, command: readonly string[]): Promise<string> {
    return this.compose(['exec', '-T', service, ...command]);
  }

  /** The ends of all logs, for whoever asks why. */
  async logs(): Promise<string> {
    return this.compose(['logs', '--no-color', `--tail=${LOG_LINES}`], { signal: undefined });
  }

  /** Takes everything down, volumes and networks too, and fails when something is left. */
  async down(): Promise<void> {
    await this.compose(['down', '--volumes', '--remove-orphans', '--timeout', '20'], { signal: undefined });
    const left = await Promise.all([
      this.list(['ps', '--all']),
      this.list(['volume', 'ls']),
      this.list(['network', 'ls']),
    ]);
    if (left.flat().length > 0) throw new Error(`left behind: ${left.flat().join(', ')}`);
  }

  private async containers(): Promise<{ name: string; health: string }[]> {
    const ids = await this.list(['ps']);
    if (ids.length === 0) throw new Error('nothing runs');
    const format = '{{.Name}} {{if .State.Health}}{{.State.Health.Status}}{{end}}';
    const out = await run('docker', ['inspect', '--format', format, ...ids]);
    return out
      .trim()
      .split('\n')
      .map((line) => line.replace(/^\//, '').split(' '))
      .map(([name = '', health = '']) => ({ name, health }));
  }

  /** Ids of what carries the project's label. */
  private async list(command: readonly string[]): Promise<string[]> {
    const label = `label=com.docker.compose.project=${this.options.name}`;
    const out = await run('docker', [...command, '--quiet', '--filter', label]);
    return out.split('\n').filter((id) => id !== '');
  }

  private async compose(
    args: readonly string[],
    extra: { timeoutMs?: number; signal?: AbortSignal | undefined } = { signal: this.options.signal },
  ): Promise<string> {
    const { name, root, envFile, profiles, variables } = this.options;
    const [command, ...first] = this.engine.compose;
    try {
      return await run(command, [...first, '--project-name', name, '--env-file', envFile, ...args], {
        cwd: root,
        env: { ...process.env, ...variables, COMPOSE_PROFILES: profiles.join(',') },
        ...extra,
      });
    } catch (error) {
      if (!(error instanceof CommandFailed)) throw error;
      throw new Error(`${[...this.engine.compose, ...args].join(' ')} failed:\n${error.output}`);
    }
  }
}
