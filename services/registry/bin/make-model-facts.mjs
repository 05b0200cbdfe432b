// Writes src/catalog/data/model-facts.json: limits, kinds and capabilities of models, from a package that keeps them well.
// The package is fetched by npm, in one version with one integrity, and is no dependency: it would bring a hundred
// megabytes of SDKs for a few kilobytes of facts.
//
//   node services/registry/bin/make-model-facts.mjs          writes the file
//   node services/registry/bin/make-model-facts.mjs --check  fails where the file is not what this makes

import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SOURCE, modelFactsFile } from './model-facts.mjs';

const FILE = fileURLToPath(new URL('../src/catalog/data/model-facts.json', import.meta.url));

const packed = (directory) => {
  const options = { cwd: directory, encoding: 'utf8' };
  const [{ filename }] = JSON.parse(
    execFileSync('npm', ['pack', `${SOURCE.package}@${SOURCE.version}`, '--json'], options),
  );
  const tarball = join(directory, filename);
  const integrity = `sha512-${createHash('sha512').update(readFileSync(tarball)).digest('base64')}`;
  if (integrity !== SOURCE.integrity)
    throw new Error(`the package is not the one that was looked at: ${integrity}`);
  execFileSync('tar', ['xzf', tarball, '-C', directory]);
  return (file) => JSON.parse(readFileSync(join(directory, 'package/dist/providers/data', file), 'utf8'));
};

const directory = mkdtempSync(join(tmpdir(), 'model-facts-'));
try {
  const made = modelFactsFile(packed(directory));
  if (!process.argv.includes('--check')) writeFileSync(FILE, made);
  else if (readFileSync(FILE, 'utf8') !== made)
    throw new Error('model-facts.json is not what its source says');
} finally {
  rmSync(directory, { recursive: true });
}
