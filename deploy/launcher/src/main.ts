import { Launcher } from './launcher';
import { parseOptions } from './options';

/** How often to look whether npm, which started us, is still there. No shell stands between: the script of package.json takes its place. */
const PARENT_CHECK_MS = 500;
/** npm passes on what its whole group has got: a signal that comes so soon after the first is the same wish, and no impatience. */
const SAME_WISH_MS = 1_000;

const options = parseOptions(process.argv.slice(2));
const launcher = new Launcher(options, (text) => say(`! ${text}`));

const say = (text: string): void => {
  process.stderr.write(`${text}\n`);
};

let isUp = false;
let stoppingSince: number | undefined;

const isUnderNpm = process.env.npm_lifecycle_event === 'start';

/** @param signal that asked for it. */
const stopWith = async (exitCode: number, signal?: NodeJS.Signals): Promise<void> => {
  const start = Date.now();
  if (stoppingSince !== undefined) {
    if (start - stoppingSince < SAME_WISH_MS) return;
    launcher.kill();
    process.exit(exitCode || 1);
  }
  stoppingSince = start;
  await launcher.stop().catch((error: Error) => {
    say(`Could not stop in order: ${error.message}`);
    launcher.kill();
    process.exit(exitCode || 1);
  });
  say(`Stopped (${((Date.now() - start) / 1000).toFixed(1)} s).`);
  if (isUnderNpm && signal === 'SIGINT') endInterrupted();
  process.exit(exitCode);
};

/** By the signal, as npm does then: a shell that runs us goes on with its script otherwise. */
const endInterrupted = (): void => {
  process.removeAllListeners('SIGINT');
  process.kill(process.pid, 'SIGINT');
};

const fail = (error: unknown): void => {
  if (stoppingSince !== undefined) return;
  const what = isUp ? 'has to stop' : 'could not start';
  say(`\nGatehouse ${what}: ${error instanceof Error ? error.message : String(error)}`);
  void stopWith(1);
};

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => void stopWith(0, signal));
// By which whoever runs as this user, a worker of the gateway too, could have Node open its debugger here.
process.on('SIGUSR1', () => undefined);
process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
// A reader that went away (`npm start | head`) is no reason to stop.
process.stdout.on('error', () => undefined);
process.stderr.on('error', () => undefined);

if (isUnderNpm) {
  // When npm is killed, nobody passes its signals on: without this we would run on unseen and hold the directory.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent && stoppingSince === undefined) void stopWith(0);
  }, PARENT_CHECK_MS).unref();
}

launcher.start().then(() => (isUp = true), fail);
