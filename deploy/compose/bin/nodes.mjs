#!/usr/bin/env node
// Releases of Node that the product has to run on beside the one that is there, fetched once from npm's registry: prints where they are, joined by
// colons. `--of-containers`: that of the compose file alone.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** What containers run, and the newest. */
const OF_CONTAINERS = '24.22.3';
const NEWEST = '26.12.1';

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

const versions = process.argv.includes('--of-containers') ? [OF_CONTAINERS] : [OF_CONTAINERS, NEWEST];
console.log(versions.map(fetched).join(':'));
