// `npm test`: a quiet run of Jest over every project that Nx says has tests; three of them side by side, since suites that
// start a whole product wait much and starve each other. More arguments go to Jest, which then runs once:
// `npm test -- -t "budget"`, `npm test -- services/metering`.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { setPriority, tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describeRuntimes } from './runtimes.cjs';

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
      .workspaces.filter((pattern) => pattern.endsWith('/*'))
      .map((pattern) => pattern.slice(0, -2))
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

const configOf = ({ projects, maxWorkers, totalsFile }) => ({
  rootDir: root,
  projects,
  maxWorkers,
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
});

/** One Jest, and what came of it. */
const jest = ({ totalsFile, configFile, priority }, args) =>
  new Promise((resolve) => {
    rmSync(totalsFile, { force: true });
    const child = spawn(
      process.execPath,
      [join(root, 'node_modules', 'jest', 'bin', 'jest.js'), '--config', configFile, ...args],
      { cwd: root, stdio: 'inherit' },
    );
    // What it starts inherits it.
    if (priority !== undefined && child.pid !== undefined) setPriority(child.pid, priority);
    // Ctrl-C reaches Jest as well; we wait for it to clean up.
    const pass = (signal) => child.kill(signal);
    for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, pass);
    child.once('close', (code) => {
      for (const signal of ['SIGINT', 'SIGTERM']) process.off(signal, pass);
      const totals = existsSync(totalsFile)
        ? readJson(totalsFile)
        : { passed: 0, failed: code === 0 ? 0 : 1, skipped: 0, died: [], failures: [], runtimes: [] };
      resolve({ code, ...totals });
    });
  });

/** A worker that native code brought down has said nothing of its suites, and they are asked once more, aloud. */
const runAgain = async (files, { died, ...first }) => {
  process.stderr.write(`a worker of Jest died, and these suites run once more: ${died.join(', ')}\n`);
  const again = await jest(files, ['--runTestsByPath', ...died]);
  const failed = first.failed - died.length + again.failed;
  return {
    passed: first.passed + again.passed,
    failed,
    skipped: first.skipped + again.skipped,
    code: failed === 0 ? again.code : first.code,
    failures: [
      ...first.failures.filter(({ testFilePath }) => !died.includes(testFilePath)),
      ...again.failures,
    ],
    runtimes: [...first.runtimes, ...again.runtimes],
  };
};

const run = async ({ name, projects, maxWorkers, priority }, args) => {
  const files = {
    priority,
    // In a file: Jest would take a configuration given as text for that of every project.
    configFile: join(scratch, `${name}.config.json`),
    totalsFile: join(scratch, `${name}.totals.json`),
  };
  const config = configOf({ projects, maxWorkers, totalsFile: files.totalsFile });
  writeFileSync(files.configFile, JSON.stringify(config));
  const first = await jest(files, args);
  return first.died.length > 0 ? runAgain(files, first) : first;
};

/** Whoever drives a browser waits for what is shown, for as long as it takes; others measure time. */
const IN_THE_GAPS = 10;

/** On two cores: one whole product at a time, two suites of what needs none, and in the gaps one that drives a browser. */
const sideBySide = (projects) => {
  const of = (name) => (project) => project.startsWith(join(root, 'test', name));
  const [drivesBrowser, needsProduct] = [of('pages'), of('e2e')];
  const needsNone = (project) => !drivesBrowser(project) && !needsProduct(project);
  return [
    { name: 'products', projects: projects.filter(needsProduct), maxWorkers: 1 },
    { name: 'pages', projects: projects.filter(drivesBrowser), maxWorkers: 1, priority: IN_THE_GAPS },
    { name: 'others', projects: projects.filter(needsNone), maxWorkers: 2 },
  ];
};

const args = process.argv.slice(2);
const projects = projectsWithTests();
const runs = args.length > 0 ? [{ name: 'chosen', projects, maxWorkers: 2 }] : sideBySide(projects);
const outcomes = await Promise.all(runs.map((each) => run(each, args)));
rmSync(scratch, { recursive: true, force: true });
const runtimes = outcomes.flatMap((outcome) => outcome.runtimes);
process.stderr.write(describeRuntimes(root, runtimes));
// Beside the totals, so that whoever reads the end alone knows what to look for.
for (const { testFilePath, names } of outcomes.flatMap(({ failures }) => failures))
  process.stdout.write(`failed: ${[relative(root, testFilePath), ...names].join('\n  ')}\n`);
const sum = (count) => outcomes.reduce((total, outcome) => total + outcome[count], 0);
const [passed, failed, skipped] = ['passed', 'failed', 'skipped'].map(sum);
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
const ranWell = outcomes.every((outcome) => outcome.code === 0 && outcome.passed > 0);
process.exitCode = ranWell && failed === 0 ? 0 : outcomes.find(({ code }) => code)?.code || 1;
