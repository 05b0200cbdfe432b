#!/usr/bin/env node
import { existsSync } from 'node:fs';

const main = new URL('../dist/bundle.cjs', import.meta.url);
if (!existsSync(main)) {
  console.error('Gatehouse is not built yet: run `npm start` or `npm run build` first.');
  process.exit(1);
}
await import(main.href);
