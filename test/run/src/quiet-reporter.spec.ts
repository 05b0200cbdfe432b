import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Reporter {
  onTestResult(test: unknown, result: object): void;
  onRunComplete(contexts: unknown, results: object): void;
}
// eslint-disable-next-line @typescript-eslint/no-require-imports -- Jest loads reporters as plain CommonJS
const QuietReporter = require('../bin/quiet-reporter.cjs') as new (
  globalConfig: object,
  options: { totalsFile: string },
) => Reporter;

let directory: string;
let totalsFile: string;
let written: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'gatehouse-reporter-'));
  totalsFile = join(directory, 'totals.json');
  written = '';
  jest.spyOn(process.stderr, 'write').mockImplementation((text) => {
    written += String(text);
    return true;
  });
});

afterEach(() => {
  jest.restoreAllMocks();
  rmSync(directory, { recursive: true });
});

const result = (failureMessage: string | null, status: string) => ({
  failureMessage,
  testFilePath: 'a.spec.ts',
  skipped: false,
  testResults: [{ status, fullName: 'a store (skipped: EVENTSTOREDB_URL is not set)' }],
});

const NOTHING_RAN = {
  numPassedTests: 0,
  numFailedTests: 0,
  numRuntimeErrorTestSuites: 0,
  numPendingTests: 0,
  numTodoTests: 0,
};

describe('the quiet reporter', () => {
  it('says nothing of what passes', () => {
    new QuietReporter({}, { totalsFile }).onTestResult({}, result(null, 'passed'));
    expect(written).toBe('');
  });

  it('shows failures in full and skipped tests by name', () => {
    const reporter = new QuietReporter({}, { totalsFile });
    reporter.onTestResult({}, result('expected 1, received 2', 'failed'));
    reporter.onTestResult({}, result(null, 'pending'));
    expect(written).toContain('FAIL a.spec.ts\nexpected 1, received 2');
    expect(written).toContain('skipped: a store (skipped: EVENTSTOREDB_URL is not set)\n');
  });

  it('shows where a file was brought down, also inside of Node', () => {
    const testExecError = { message: '', stack: 'Error: of Node\n    at node:net:1' };
    const broken = { ...result('Test suite failed to run', 'failed'), testExecError };
    new QuietReporter({}, { totalsFile }).onTestResult({}, broken);
    expect(written).toContain('at node:net:1');
  });

  it('counts a file that could not be loaded as a failure', () => {
    new QuietReporter({}, { totalsFile }).onRunComplete(
      {},
      {
        numPassedTests: 5,
        numFailedTests: 1,
        numRuntimeErrorTestSuites: 1,
        numPendingTests: 2,
        numTodoTests: 1,
      },
    );
    expect(JSON.parse(readFileSync(totalsFile, 'utf8'))).toEqual({
      passed: 5,
      failed: 2,
      skipped: 3,
      died: [],
      failures: [],
      runtimes: [],
    });
  });

  it('names what failed, also of a file that has no tests to name', () => {
    const reporter = new QuietReporter({}, { totalsFile });
    reporter.onTestResult({}, { ...result('expected 1, received 2', 'failed'), testFilePath: 'b.spec.ts' });
    reporter.onTestResult({}, { ...result('Test suite failed to run', 'failed'), testResults: [] });
    reporter.onTestResult({}, result(null, 'passed'));
    reporter.onRunComplete({}, NOTHING_RAN);
    expect(JSON.parse(readFileSync(totalsFile, 'utf8'))).toMatchObject({
      failures: [
        { testFilePath: 'b.spec.ts', names: ['a store (skipped: EVENTSTOREDB_URL is not set)'] },
        { testFilePath: 'a.spec.ts', names: [] },
      ],
    });
  });

  it('names the suites of a worker that native code brought down, and no other that failed', () => {
    const reporter = new QuietReporter({}, { totalsFile });
    const died =
      'A jest worker process (pid=7) was terminated by another process: signal=SIGABRT, exitCode=null.';
    reporter.onTestResult({}, { ...result(died, 'failed'), testFilePath: 'died.spec.ts' });
    reporter.onTestResult({}, result(died.replace('SIGABRT', 'SIGKILL'), 'failed'));
    reporter.onTestResult({}, result('expected 1, received 2', 'failed'));
    reporter.onRunComplete({}, NOTHING_RAN);
    expect(JSON.parse(readFileSync(totalsFile, 'utf8'))).toMatchObject({ died: ['died.spec.ts'] });
  });

  it('tells how long each suite took', () => {
    const reporter = new QuietReporter({}, { totalsFile });
    reporter.onTestResult({}, { ...result(null, 'passed'), perfStats: { runtime: 1_500 } });
    reporter.onRunComplete({}, NOTHING_RAN);
    expect(JSON.parse(readFileSync(totalsFile, 'utf8'))).toMatchObject({
      runtimes: [{ testFilePath: 'a.spec.ts', seconds: 1.5 }],
    });
  });
});
