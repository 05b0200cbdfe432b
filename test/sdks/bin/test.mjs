// `npm run test:sdks`: fetches the SDKs that are pinned here, once, and drives each through a product as `npm start` starts
// it, against each dialect of the simulator.
// `-- --write` writes docs/sdks.md as it was seen. In CI, and wherever CI is set, it fails where Python is missing.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { digestOf, pythonWithSdks } from './python.mjs';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const ADAPTERS = join(ROOT, 'test', 'sdks', 'adapters');

const { values } = parseArgs({ options: { write: { type: 'boolean', default: false } } });

const run = (command, args, options = {}) => spawnSync(command, args, { stdio: 'inherit', ...options });

const fetched = (what, { status }) => {
  if (status === 0) return;
  console.error(`The SDKs could not be fetched: ${what}.`);
  process.exit(1);
};

const fetchFromNpm = () => {
  const stamp = join(ADAPTERS, 'node_modules', '.gatehouse-lock');
  const digest = digestOf(join(ADAPTERS, 'package-lock.json'));
  if (existsSync(stamp) && readFileSync(stamp, 'utf8') === digest) return;
  const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  fetched('npm ci', run('npm', ['ci', ...options], { cwd: ADAPTERS }));
  writeFileSync(stamp, digest);
};

fetchFromNpm();
const python = pythonWithSdks();
const { status } = run(
  process.execPath,
  [
    join(ROOT, 'node_modules', 'jest', 'bin', 'jest.js'),
    '-c',
    'test/e2e/jest.config.cjs',
    'one-product',
    '-t',
    'official SDKs|REST admin API',
    '--testTimeout',
    '180000',
  ],
  {
    cwd: ROOT,
    env: {
      ...process.env,
      GATEHOUSE_TEST_SDKS: python === undefined ? 'npm' : 'npm,pypi',
      ...(python !== undefined && { GATEHOUSE_TEST_SDKS_PYTHON: python }),
      ...(values.write && { GATEHOUSE_WRITE_CONFORMANCE: '1' }),
    },
  },
);
if (python === undefined)
  console.error('Not run: the SDKs of PyPI, since there is no python3 with venv. Everything else was.');
process.exitCode = status === 0 && python === undefined && process.env.CI ? 1 : (status ?? 1);
