#!/usr/bin/env node
// The interpreter of an environment that has the SDKs of adapters/requirements.txt: fetched once, and said.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const REQUIREMENTS = join(ROOT, 'test', 'sdks', 'adapters', 'requirements.txt');
const CACHE = join(ROOT, 'node_modules', '.cache', 'gatehouse-sdks');

const run = (command, args, stdio = ['ignore', process.stderr, 'inherit']) =>
  spawnSync(command, args, { stdio }).status === 0;

const fetched = (what, done) => {
  if (!done) throw new Error(`The SDKs could not be fetched: ${what}.`);
};

export const digestOf = (file) => createHash('sha256').update(readFileSync(file)).digest('hex').slice(0, 16);

/** Undefined where there is no `python3` with venv. */
export const pythonWithSdks = () => {
  if (!run('python3', ['-c', 'import ensurepip, venv'], 'ignore')) return undefined;
  const directory = join(CACHE, digestOf(REQUIREMENTS));
  if (!existsSync(directory)) {
    mkdirSync(CACHE, { recursive: true });
    const making = `${directory}.${process.pid}`;
    fetched('python3 -m venv', run('python3', ['-m', 'venv', making]));
    const pip = ['-m', 'pip', 'install', '-q', '--no-deps', '--no-compile', '-r', REQUIREMENTS];
    const got = run(join(making, 'bin', 'python'), pip);
    if (!got) rmSync(making, { recursive: true, force: true });
    fetched('pip install', got);
    renameSync(making, directory);
  }
  return join(directory, 'bin', 'python');
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const python = pythonWithSdks();
  if (python === undefined) throw new Error('The SDKs of PyPI need python3 with venv.');
  console.log(python);
}
