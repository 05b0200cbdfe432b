import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readFleetConfig } from './fleet.config';

describe('workers', () => {
  const workersOf = (GATEHOUSE_WORKERS?: string): number =>
    readFleetConfig({ GATEHOUSE_WORKERS, GATEHOUSE_DATA_DIR: '/data' }).GATEHOUSE_WORKERS;

  it.each([
    ['nothing', undefined, 1],
    ['a number', '3', 3],
    ['cores', 'cores', availableParallelism()],
    ['more than anybody has use for', '1000', 256],
  ])('are as many as is said by %s', (_what, said, workers) => expect(workersOf(said)).toBe(workers));

  it.each(['0', '-1', '1.5', 'all'])('are not %p', (said) =>
    expect(() => workersOf(said)).toThrow('GATEHOUSE_WORKERS: must be a number from 1, or cores'),
  );

  it('are said by --workers first', () => {
    const main = join(__dirname, '..', 'dist', 'main.js');
    const env = { PATH: process.env['PATH'], GATEHOUSE_DATA_DIR: '/data', GATEHOUSE_WORKERS: '2' };
    const { status, stdout } = spawnSync(process.execPath, [main, '--workers', 'none'], {
      ...{ env, encoding: 'utf8', timeout: 150_000 },
    });
    expect([status, stdout]).toEqual([1, expect.stringContaining('GATEHOUSE_WORKERS: must be a number')]);
  });
});
