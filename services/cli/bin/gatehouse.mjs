#!/usr/bin/env node
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/bundle.cjs', import.meta.url));
if (!existsSync(main)) {
  console.error('Gatehouse is not built yet: run `npm start` or `npm run build` first.');
  process.exit(1);
}
// Not imported: Node would first read all of it for the names that it exports, which takes longer than to run it.
createRequire(import.meta.url)(main);
