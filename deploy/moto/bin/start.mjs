#!/usr/bin/env node
// moto's server, which stands for AWS in tests: Python 3 and the packages of requirements.txt.
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HERE = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const CACHE = join(resolve(HERE, '..', '..'), 'node_modules', '.cache', 'gatehouse-moto');
const REQUIREMENTS = join(HERE, 'requirements.txt');

class Complaint extends Error {}

const run = (command, ...args) => {
  const { error, status, stdout, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  return { done: !error && status === 0, said: `${stdout ?? ''}${stderr ?? ''}`.trim() };
};

const requirePython = () => {
  if (!run('python3', '-c', 'import ensurepip, venv').done)
    throw new Complaint('Python is missing: moto needs Python 3.10 or newer with venv, as `python3`.');
};

/** The packages of this very list; a new list gets a directory of its own. */
const environment = () => {
  const digest = createHash('sha256').update(readFileSync(REQUIREMENTS)).digest('hex').slice(0, 16);
  const directory = join(CACHE, digest);
  if (!existsSync(directory)) {
    console.log("Fetching moto's packages with pip …");
    mkdirSync(CACHE, { recursive: true });
    const making = `${directory}.${process.pid}`;
    try {
      fetchInto(making);
      renameSync(making, directory);
    } catch (error) {
      rmSync(making, { recursive: true, force: true });
      // Another start was quicker; its packages are the same.
      if (!existsSync(directory)) throw error;
    }
  }
  return pythonIn(directory);
};

const pythonIn = (directory) => join(directory, 'bin', 'python');

// Compiling what is never loaded would take most of the time; Python compiles what is.
const fetchInto = (directory) => {
  const made = run('python3', '-m', 'venv', directory);
  if (!made.done) throw new Complaint(`No environment for moto could be made.\n${made.said}`);
  const got = run(
    pythonIn(directory),
    '-m',
    'pip',
    'install',
    '-q',
    '--no-deps',
    '--no-compile',
    '-r',
    REQUIREMENTS,
  );
  if (!got.done) throw new Complaint(`pip could not fetch moto's packages.\n${got.said}`);
};

const main = () => {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  requirePython();
  const python = environment();
  if (values.check) return console.log('moto can be started here.');
  const server = spawn(python, [join(HERE, 'serve.py')], { stdio: 'inherit' });
  server.on('exit', (code) => process.exit(code ?? 1));
};

try {
  main();
} catch (error) {
  console.error(error instanceof Complaint ? error.message : error);
  process.exitCode = 1;
}
