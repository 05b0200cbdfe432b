import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { composeFilesIn } from './compose-files';
import { Installation } from './installation';

const VARIABLE = 'GATEHOUSE_GATEWAY_PORT';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'gatehouse-compose-'));
});
afterEach(() => {
  delete process.env[VARIABLE];
  rmSync(root, { recursive: true });
});

describe('the ports of an installation', () => {
  it.each([
    ['the default', undefined, '', 8787],
    ['the default where nothing is said', '', `${VARIABLE}=`, 8787],
    ['of the env file', undefined, `${VARIABLE}=9001`, 9001],
    ['of the environment before the env file', '9002', `${VARIABLE}=9001`, 9002],
  ])('are %s, as compose takes them', (_what, inEnvironment, inFile, port) => {
    const files = composeFilesIn(root);
    writeFileSync(files.env, `${inFile}\n`);
    if (inEnvironment !== undefined) process.env[VARIABLE] = inEnvironment;
    expect(new Installation(files).ports.gateway).toBe(port);
  });
});
