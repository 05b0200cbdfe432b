// Runs a source as the product runs: bundled. `node run-bundled.mjs services/gateway/src/testing/bench-admission.ts --json`
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { bundleSource } from './bundle.mjs';

const [source, ...args] = process.argv.slice(2);
const bundled = await bundleSource(join(dirname(fileURLToPath(import.meta.url)), '../../..'), source);
process.exitCode = spawnSync(process.execPath, [bundled, ...args], { stdio: 'inherit' }).status ?? 1;
