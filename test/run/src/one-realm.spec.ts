import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const ROOT = join(__dirname, '../../..');

/** Says what it finds, and then changes all of it. Two of it are run by one worker. */
const SUITE = `
import { Pool } from 'pg';
import { loads } from './own';

const everywhere = globalThis as unknown as { given: string[] };
const marked = Pool as unknown as { files?: number };

it('says what it finds', () => {
  marked.files = (marked.files ?? 0) + 1;
  loads.push('again');
  process.stderr.write('FOUND ' + JSON.stringify({
    filesThatSawThePackage: marked.files,
    loadsOfOwn: loads.length,
    variable: process.env['GATEHOUSE_LEFT_BEHIND'],
    path: process.env['PATH'] !== '',
    directory: process.cwd(),
    mocked: jest.isMockFunction(Pool.prototype.connect),
    longAgo: Date.now() < 1000,
    given: everywhere.given,
    thrownIsAnError: (() => { try { JSON.parse('{'); } catch (error) { return error instanceof Error; } })(),
    decorated: typeof Reflect.getMetadata,
  }) + '\\n');
  everywhere.given.push('more');
  process.env['GATEHOUSE_LEFT_BEHIND'] = 'yes';
  process.env['PATH'] = '';
  process.chdir('/');
  jest.spyOn(Pool.prototype, 'connect');
  jest.useFakeTimers({ now: 0 });
  process.exit = (() => undefined) as never;
});
`;

const CONFIG = `
const preset = require(${JSON.stringify(join(ROOT, 'jest.preset.cjs'))})(__dirname);
module.exports = { ...preset, globalSetup: undefined, globalTeardown: undefined, globals: { given: ['once'] } };
`;

let directory: string;

beforeEach(() => {
  directory = realpathSync(mkdtempSync(join(tmpdir(), 'gatehouse-one-realm-')));
  mkdirSync(join(directory, 'src'));
  writeFileSync(join(directory, 'package.json'), '{"name": "left-behind"}');
  writeFileSync(join(directory, 'jest.config.cjs'), CONFIG);
  writeFileSync(join(directory, 'src', 'own.ts'), 'export const loads: string[] = [];');
  for (const name of ['one', 'other']) writeFileSync(join(directory, 'src', `${name}.spec.ts`), SUITE);
});

afterEach(() => rmSync(directory, { recursive: true }));

it('leaves a file nothing of the one before but the packages', () => {
  const { stderr, status } = spawnSync(
    process.execPath,
    [
      join(ROOT, 'node_modules/jest/bin/jest.js'),
      '--runInBand',
      '--config',
      join(directory, 'jest.config.cjs'),
    ],
    { cwd: directory, encoding: 'utf8' },
  );
  const found = [...stderr.matchAll(/^FOUND (.*)$/gm)].map(([, json]) => JSON.parse(json!) as object);
  const fresh = {
    loadsOfOwn: 1,
    path: true,
    directory,
    mocked: false,
    longAgo: false,
    given: ['once'],
    thrownIsAnError: true,
    decorated: 'function',
  };
  expect({ status, found }).toEqual({
    status: 0,
    found: [
      { filesThatSawThePackage: 1, ...fresh },
      { filesThatSawThePackage: 2, ...fresh },
    ],
  });
});
