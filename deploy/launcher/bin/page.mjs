// Builds the console's web page, and keeps it compressed beside what it is made of, so that no request has to wait for that.
import { existsSync, readdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const pageIn = (root) => join(root, 'services', 'console', 'web');
const indexOf = (root) => join(pageIn(root), 'dist', 'index.html');

/** Whatever a page is made of; one that is gone shows in its directory. */
const sourcesIn = (root) => {
  const page = pageIn(root);
  const files = ['index.html', 'package.json', 'tsconfig.json', 'vite.config.mjs'];
  const trees = ['public', 'src'].flatMap((name) => [
    join(page, name),
    ...readdirSync(join(page, name), { recursive: true }).map((file) => join(page, name, file)),
  ]);
  return [...files.map((name) => join(page, name)), join(root, 'package-lock.json'), ...trees];
};

/** Whether the page was made of its sources as they are now. */
export const isPageBuilt = (root) => {
  if (!existsSync(indexOf(root))) return false;
  const sources = [fileURLToPath(import.meta.url), ...sourcesIn(root)];
  return statSync(indexOf(root)).mtimeMs > Math.max(...sources.map((file) => statSync(file).mtimeMs));
};

/** What gets smaller by it; pictures are compressed as they are. */
const COMPRESSED = /\.(css|html|js|svg)$/;

const compress = (file) => {
  const content = readFileSync(file);
  const quality = { params: { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY } };
  writeFileSync(`${file}.br`, brotliCompressSync(content, quality));
  writeFileSync(`${file}.gz`, gzipSync(content, { level: 9 }));
};

/**
 * @param run starts a program and waits for it: the bundler's memory goes with it.
 * @param sourcesReadAt before they were read: what is changed meanwhile counts as changed.
 */
export const buildPage = async (root, run, sourcesReadAt = new Date()) => {
  const bundler = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  await run(process.execPath, [bundler, 'build', pageIn(root), '--logLevel', 'error']);
  const built = dirname(indexOf(root));
  for (const file of readdirSync(built, { recursive: true }))
    if (COMPRESSED.test(file)) compress(join(built, file));
  utimesSync(indexOf(root), sourcesReadAt, sourcesReadAt);
};
