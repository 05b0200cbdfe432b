const { writeFileSync } = require('node:fs');

/** Says nothing of what passes: failures in full, and each skipped test by its name, which says why. */
class QuietReporter {
  constructor(globalConfig, { totalsFile } = {}) {
    this.totalsFile = totalsFile;
    this.filtered = Boolean(globalConfig.testNamePattern);
  }

  onTestResult(_test, { failureMessage, testFilePath, testResults, skipped }) {
    if (failureMessage) process.stderr.write(`\nFAIL ${testFilePath}\n${failureMessage}\n`);
    if (skipped || this.filtered) return;
    for (const { status, fullName } of testResults) {
      if (status === 'pending' || status === 'todo') process.stderr.write(`skipped: ${fullName}\n`);
    }
  }

  /** The totals go through a file: the last line is printed when Jest has nothing more to say. */
  onRunComplete(_contexts, results) {
    const { numPassedTests, numFailedTests, numRuntimeErrorTestSuites, numPendingTests, numTodoTests } =
      results;
    const totals = {
      passed: numPassedTests,
      // A file that could not even be loaded hides who knows how many tests.
      failed: numFailedTests + numRuntimeErrorTestSuites,
      skipped: numPendingTests + numTodoTests,
    };
    writeFileSync(this.totalsFile, JSON.stringify(totals));
  }
}

module.exports = QuietReporter;
