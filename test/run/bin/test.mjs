// `npm test`: one quiet Jest run over every project that Nx says has tests. More arguments go to Jest:
// `npm test -- -t "budget"`, `npm test -- services/metering`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, '..', '..', '..');
const readJson = (path) => JSON.parse(readFileSync(path, 'utf8'));

const fail = (message) => {
  process.stderr.write(`${message}\n`);
  process.stdout.write('0 passed, 1 failed, 0 skipped\n');
  process.exit(1);
};

/** Package name → directory, of every package of the workspace. */
const packages = () =>
  new Map(
    readJson(join(root, 'package.json'))
      .workspaces.map((pattern) => pattern.replace('/*', ''))
      .filter((folder) => existsSync(join(root, folder)))
      .flatMap((folder) => readdirSync(join(root, folder)).map((name) => join(root, folder, name)))
      .filter((directory) => existsSync(join(directory, 'package.json')))
      .map((directory) => [readJson(join(directory, 'package.json')).name, directory]),
  );

/** One, or one for each way in which the same suites are run. */
const configurationsIn = (directory) =>
  readdirSync(directory)
    .filter((name) => /^jest(\.\w+)?\.config\.cjs$/.test(name))
    .map((name) => join(directory, name));

const projectsWithTests = () => {
  const nx = join(root, 'node_modules', '.bin', 'nx');
  const args = [nx, 'show', 'projects', '--with-target', 'test', '--json'];
  const { status, stdout, stderr } = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' });
  if (status !== 0) fail(`Nx could not list the projects:\n${stdout}${stderr}`);
  const directories = packages();
  return JSON.parse(stdout).flatMap((name) =>
    configurationsIn(directories.get(name) ?? fail(`${name} has no package`)),
  );
};

const build = join(root, 'deploy', 'launcher', 'bin', 'build.mjs');
const built = spawnSync(process.execPath, [build], { cwd: root, encoding: 'utf8' });
if (built.status !== 0) fail(`${built.stdout}${built.stderr}`);

const scratch = mkdtempSync(join(tmpdir(), 'gatehouse-test-run-'));
const totalsFile = join(scratch, 'totals.json');
const config = {
  rootDir: root,
  projects: projectsWithTests(),
  // On two cores: each end-to-end suite runs a whole product, and with three at once they starve each other.
  maxWorkers: 2,
  // Jest takes this from here only, not from the projects.
  testTimeout: 180_000,
  // A worker that has grown makes room for a fresh one.
  workerIdleMemoryLimit: '1500MB',
  testSequencer: join(here, 'longest-first.cjs'),
  silent: true,
  reporters: [
    [join(here, 'quiet-reporter.cjs'), { totalsFile }],
    ['summary', { summaryThreshold: Number.MAX_SAFE_INTEGER }],
  ],
};

// In a file: Jest would take a configuration given as text for that of every project.
const configFile = join(scratch, 'jest.config.json');
writeFileSync(configFile, JSON.stringify(config));

const run = (args) =>
  new Promise((resolve) => {
    rmSync(totalsFile, { force: true });
    const jest = spawn(
      process.execPath,
      [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--config', configFile, ...args],
      { cwd: root, stdio: 'inherit' },
    );
    // Ctrl-C reaches Jest as well; we wait for it to clean up.
    const pass = (signal) => jest.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, pass);
    jest.once('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, pass);
      const totals = existsSync(totalsFile)
        ? readJson(totalsFile)
        : { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0, died: [] };
      resolve({ code, ...totals });
    });
  });

/** A worker that native code brought down has said nothing of its suites, and they are asked once more, aloud. */
const runAgain = async ({ died, ...first }) => {
  process.stderr.write(`a worker of Jest died, and these suites run once more: ${died.join(', ')}\n`);
  const again = await run(['--runTestsByPath', ...died]);
  const failed = first.failed - died.length + again.failed;
  return {
    passed: first.passed + again.passed,
    failed,
    skipped: first.skipped + again.skipped,
    code: failed === 0 ? again.code : first.code,
  };
};

const first = await run(process.argv.slice(2));
const { passed, failed, skipped, code } = first.died.length > 0 ? await runAgain(first) : first;
rmSync(scratch, { recursive: true, force: true });
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = code === 0 && failed === 0 && passed > 0 ? 0 : code || 1;
