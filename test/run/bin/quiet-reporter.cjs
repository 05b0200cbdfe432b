const { writeFileSync } = require('node:fs');

/** Of a worker that native code has brought down: what its suite would have said is not known. */
const WORKER_DIED = /A jest worker process .* signal=(SIGABRT|SIGSEGV|SIGBUS|SIGILL)/;

/** Says nothing of what passes: failures in full, and each skipped test by its name, which says why. */
class QuietReporter {
  constructor(globalConfig, { totalsFile } = {}) {
    this.totalsFile = totalsFile;
    this.filtered = Boolean(globalConfig.testNamePattern);
    this.died = [];
    this.failures = [];
    this.runtimes = [];
  }

  onTestResult(_test, { failureMessage, testExecError, testFilePath, testResults, skipped, perfStats }) {
    if (perfStats) this.runtimes.push({ testFilePath, seconds: perfStats.runtime / 1000 });
    if (WORKER_DIED.test(failureMessage ?? '')) this.died.push(testFilePath);
    if (failureMessage) process.stderr.write(`\nFAIL ${testFilePath}\n${failureMessage}\n`);
    const names = testResults.filter(({ status }) => status === 'failed').map(({ fullName }) => fullName);
    if (failureMessage) this.failures.push({ testFilePath, names });
    // Jest leaves out the frames of Node's own, of which some have no others.
    if (testExecError?.stack) process.stderr.write(`${testExecError.stack}\n`);
    if (skipped || this.filtered) return;
    for (const { status, fullName } of testResults) {
      if (status === 'pending' || status === 'todo') process.stderr.write(`skipped: ${fullName}\n`);
    }
  }

  /** The totals go through a file: what is said of the whole run is said when Jest has nothing more to say. */
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } =
      results;
    const totals = {
      passed: numPassedTests,
      // A file that could not even be loaded hides who knows how many tests.
      failed: numFailedTests + numRuntimeErrorTestSuites,
      skipped: numPendingTests + numTodoTests,
    };
    const { died, failures, runtimes } = this;
    writeFileSync(this.totalsFile, JSON.stringify({ ...totals, died, failures, runtimes }));
  }
}

module.exports = QuietReporter;
