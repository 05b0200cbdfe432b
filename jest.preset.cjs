const { join } = require('node:path');
const swcOptions = require('./swc.options.cjs');

/** One Jest project per workspace package; `@gatehouse/*` resolves to sources, so tests need no build. */
module.exports = (rootDir) => ({
  rootDir,
  displayName: require(join(rootDir, 'package.json')).name,
  // One realm for all files of a worker, and one copy of each package: a fresh one of both for every file costs more than
  // most files do.
  testEnvironment: join(__dirname, 'test/run/bin/one-realm-environment.cjs'),
  runtime: join(__dirname, 'test/run/bin/one-realm-runtime.cjs'),
  testMatch: ['<rootDir>/src/**/*.spec.ts'],
  modulePathIgnorePatterns: ['<rootDir>/dist/'],
  transform: {
    '^.+\\.ts$': [
      join(__dirname, 'test/run/bin/transform-once.cjs'),
      {
        ...swcOptions,
        // Files of their own, read when something fails: within the code they are read and skipped by every suite.
        sourceMaps: true,
        module: { type: 'commonjs' },
      },
    ],
  },
  moduleNameMapper: {
    '^@gatehouse/([^/]+)/testing$': join(__dirname, 'libs/$1/src/testing/index.ts'),
    '^@gatehouse/([^/]+)$': join(__dirname, 'libs/$1/src/index.ts'),
  },
  // Real databases on a busy machine: a slow test is not a failed one.
  testTimeout: 30_000,
  // One Postgres for the whole run, started when the first test asks for a database.
  globalSetup: join(__dirname, 'libs/embedded-postgres/src/testing/global-setup.ts'),
  globalTeardown: join(__dirname, 'libs/embedded-postgres/src/testing/global-teardown.ts'),
});
