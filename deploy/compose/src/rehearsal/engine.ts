import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { succeeds } from './command';

const START_WITHIN_MS = 30_000;

const HOW_TO_GET_ONE =
  'Install one (Debian, as root: apt-get install docker.io docker-compose debootstrap) and start it.';

/** A container engine, and the compose program that drives it. */
export interface Engine {
  /** `docker compose` or `docker-compose`, as a command and its first arguments. */
  readonly compose: readonly [command: string, ...args: string[]];
  /** Ends the engine when it was started for us. */
  stop(): Promise<void>;
}

/** The engine that answers; as root also one that is installed and was not started. Fails where there is none. */
export const openEngine = async (report: (text: string) => void): Promise<Engine> => {
  if (!(await succeeds('docker', ['--version']))) {
    throw new Error(`There is no container engine here: docker was not found. ${HOW_TO_GET_ONE}`);
  }
  const compose = await composeCommand();
  if (await answers()) return { compose, stop: async () => undefined };
  const daemon = await startDaemon(report);
  return { compose, stop: () => stopDaemon(daemon) };
};

const answers = (): Promise<boolean> => succeeds('docker', ['info'], { timeoutMs: 20_000 });

const composeCommand = async (): Promise<Engine['compose']> => {
  if (await succeeds('docker', ['compose', 'version'])) return ['docker', 'compose'];
  if (await succeeds('docker-compose', ['version'])) return ['docker-compose'];
  throw new Error(`Neither docker compose nor docker-compose was found. ${HOW_TO_GET_ONE}`);
};

const startDaemon = async (report: (text: string) => void): Promise<ChildProcess> => {
  if (process.getuid?.() !== 0 || !(await succeeds('dockerd', ['--version']))) {
    throw new Error(`No container engine answers (docker info). ${HOW_TO_GET_ONE}`);
  }
  report('starting dockerd for this run');
  const directory = mkdtempSync(join(tmpdir(), 'gatehouse-dockerd-'));
  const log = join(directory, 'dockerd.log');
  const file = openSync(log, 'w');
  const daemon = spawn('dockerd', [], { stdio: ['ignore', file, file], detached: true });
  closeSync(file);
  daemon.once('error', () => undefined);
  try {
    for (const start = Date.now(); Date.now() - start < START_WITHIN_MS; await sleep(250)) {
      if (daemon.exitCode !== null) break;
      if (await answers()) return daemon;
    }
    const said = readFileSync(log, 'utf8').split('\n').slice(-8).join('\n');
    await stopDaemon(daemon);
    throw new Error(`dockerd did not start:\n${said}`);
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
};

const stopDaemon = (daemon: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    if (daemon.exitCode !== null || daemon.signalCode !== null) return resolve();
    daemon.once('exit', () => resolve());
    daemon.kill('SIGTERM');
  });
