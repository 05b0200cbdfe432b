// `npm start`: checks Node, builds what changed, runs the launcher in this process.
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

const fail = (message) => {
  process.stderr.write(`${message}\n`);
  process.exit(1);
};

const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Gatehouse needs Node 20.19 or newer; this is ${process.versions.node}.`);
}

const here = dirname(fileURLToPath(import.meta.url));
const { buildWhatRuns } = await import(pathToFileURL(join(here, 'build.mjs')).href);
if (!(await buildWhatRuns())) process.exit(1);
const require = createRequire(import.meta.url);
// Whoever watches over others has little use for room.
require('./start-small.cjs');
// Not imported: Node would first read all of it for the names that it exports, which takes longer than to run it.
require('../dist/bundle.cjs');
