interface Runtime {
  readonly testFilePath: string;
  readonly seconds: number;
}
// eslint-disable-next-line @typescript-eslint/no-require-imports -- beside the runner, which is plain JavaScript
const { describeRuntimes } = require('../bin/runtimes.cjs') as {
  describeRuntimes(root: string, runtimes: readonly Runtime[]): string;
};

const took = (seconds: number, path: string): Runtime => ({ testFilePath: `/root/${path}`, seconds });

describe('how long a run took', () => {
  it('is told of the ten longest files, and of every package', () => {
    const short = Array.from({ length: 11 }, (_, index) => took(2, `libs/bus/src/${index}.spec.ts`));
    const said = describeRuntimes('/root', [
      ...short,
      took(40.4, 'services/metering/src/a.spec.ts'),
      took(50, 'test/e2e/src/b.spec.ts'),
      took(20, 'services/metering/src/domain/c.spec.ts'),
    ]);
    const [, ...longest] = said.slice(0, said.indexOf('of 132 s in all:')).trimEnd().split('\n');
    expect(longest).toHaveLength(10);
    expect(longest.slice(0, 4)).toEqual([
      '  50 s test/e2e/src/b.spec.ts',
      '  40 s services/metering/src/a.spec.ts',
      '  20 s services/metering/src/domain/c.spec.ts',
      '  2 s libs/bus/src/0.spec.ts',
    ]);
    expect(said).toContain('in all:\n  60 s services/metering\n  50 s test/e2e\n  22 s libs/bus\n');
  });

  it('is not told of few files', () => {
    expect(describeRuntimes('/root', [took(9, 'libs/bus/src/a.spec.ts')])).toBe('');
  });
});
