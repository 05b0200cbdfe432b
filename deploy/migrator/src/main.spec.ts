import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

const helpWith = (GATEHOUSE_OWNER_DATABASE_URL: string): string =>
  spawnSync(process.execPath, [join(__dirname, '..', 'dist', 'main.js'), '--help'], {
    env: { ...process.env, GATEHOUSE_OWNER_DATABASE_URL },
    encoding: 'utf8',
  }).stdout;

it('names where the connection string may come from, and does not show it', () => {
  const help = helpWith('postgresql://owner:canary@127.0.0.1:1/gatehouse');
  expect(help).toContain('GATEHOUSE_OWNER_DATABASE_URL');
  expect(help).not.toContain('canary');
});
