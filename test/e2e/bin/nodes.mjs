#!/usr/bin/env node
// Newer releases of Node than the one that runs this, fetched once from npm's registry. Prints where they are, joined by colons.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What containers run, and the newest. */
const VERSIONS = ['24.22.3', '26.12.1'];

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const PACKAGE = `node-${process.platform}-${process.arch}`;

const fetched = (version) => {
  const directory = join(ROOT, 'node_modules', '.cache', 'gatehouse-nodes', version);
  const node = join(directory, 'node_modules', PACKAGE, 'bin', 'node');
  if (existsSync(node)) return node;
  mkdirSync(directory, { recursive: true });
  const args = ['install', '--silent', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', directory];
  const { status } = spawnSync('npm', [...args, `${PACKAGE}@${version}`], { stdio: ['ignore', 2, 2] });
  if (status !== 0 || !existsSync(node)) throw new Error(`Node ${version} could not be fetched.`);
  return node;
};

console.log(VERSIONS.map(fetched).join(':'));
