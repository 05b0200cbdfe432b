// Generates the protos' code when it is missing and builds what changed, the console's page included. Plain JavaScript, because it comes before the
// build. Run by `npm run build` and `npm test`; by `npm start`, where a source has changed, with `--what-runs`. Several at once take turns.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { areBundled, bundle, hasBundles } from './bundle.mjs';
import { buildPage, isPageBuilt } from './page.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const lock = join(root, 'node_modules', '.cache', 'gatehouse-build.lock');

const isRunning = (pid) => {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return error.code === 'EPERM';
  }
};

/** True: ours. False: the checkout cannot be written to, so nothing can be built. */
const takeLock = async () => {
  for (;;) {
    try {
      mkdirSync(dirname(lock), { recursive: true });
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      return true;
    } catch (error) {
      if (error.code !== 'EEXIST') return false;
    }
    const holder = Number(existsSync(lock) ? readFileSync(lock, 'utf8') : 0);
    if (holder > 0 && !isRunning(holder)) rmSync(lock, { force: true });
    await sleep(100);
  }
};

const step = async (title, work) => {
  const start = Date.now();
  process.stderr.write(`… ${title}\n`);
  await work();
  process.stderr.write(`✓ ${title} (${((Date.now() - start) / 1000).toFixed(1)} s)\n`);
};

const run = async (command, args) => {
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH}`;
  const child = spawn(command, args, { cwd: root, env: { ...process.env, PATH: path } });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk) => (output += chunk));
  const status = await new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')} failed (${status}):\n${output}`);
};

const WHAT_RUNS = '--what-runs';

/**
 * @param compiled also what the compiler makes of the sources, of which tests and tools run: it checks all types, which takes much longer than all
 * else. What the product runs is made of the sources themselves.
 */
const build = async ({ compiled }) => {
  if (!existsSync(join(root, 'node_modules', 'typescript7'))) throw new Error('Run npm ci first.');
  if (!(await takeLock())) {
    if (hasBundles(root)) return;
    throw new Error(
      `${root} is not built yet and cannot be written to: its owner is to run npm run build first.`,
    );
  }
  try {
    const generated = ['libs/proto-gen/src/gen', 'libs/proto-gen/descriptors.binpb'];
    if (!generated.every((path) => existsSync(join(root, path)))) {
      const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
      await step('Protos', () => run(npm, ['run', '-s', 'generate']));
    }
    const sourcesReadAt = new Date();
    // Incremental: without changes this compares time stamps and writes nothing.
    const compiler = join(root, 'node_modules/typescript7/bin/tsc');
    if (compiled) await step('Build', () => run(process.execPath, [compiler, '-b']));
    if (!areBundled(root)) await step('Bundles', () => bundle(root, sourcesReadAt));
    if (!isPageBuilt(root)) await step('Page', () => buildPage(root, run, sourcesReadAt));
  } finally {
    rmSync(lock, { force: true });
  }
};

/**
 * What `npm start` needs: nothing, not even a look by the compiler, where what runs is made of the sources as they are. Answers
 * whether it was built, and has said why not.
 */
export const buildWhatRuns = async () => {
  // In this order: who writes the bundles just now holds the lock, and they are whole when it is gone.
  if (areBundled(root) && isPageBuilt(root) && !existsSync(lock)) return true;
  // In a process of its own: the hundred megabytes that bundling takes go with it.
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), WHAT_RUNS], {
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  const [code] = await once(child, 'close');
  return code === 0;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  build({ compiled: !process.argv.includes(WHAT_RUNS) }).catch((error) => {
    process.stderr.write(`${error.message}\n`);
    process.exit(1);
  });
}
