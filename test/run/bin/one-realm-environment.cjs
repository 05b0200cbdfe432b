const { ModernFakeTimers } = require('@jest/fake-timers');
const { ModuleMocker } = require('jest-mock');

// What Nest's decorators write to. In this realm there is one Reflect for all files.
require('reflect-metadata');
// The AWS SDK's notice that it will leave Node 20, which Gatehouse supports.
process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true';

/** Global symbols under which jest-circus keeps what belongs to one file: it would go on with what the last one left. */
const OF_ONE_FILE = new Set([
  'EVENT_HANDLERS',
  'JEST_STATE_SYMBOL',
  'LOG_ERRORS_BEFORE_RETRY',
  'RETRY_IMMEDIATELY',
  'RETRY_TIMES',
  'TEST_TIMEOUT_SYMBOL',
  'WAIT_BEFORE_RETRY',
]);

/**
 * Runs every test file in the realm of the worker. Jest's own environment makes each a realm whose global object is a
 * proxy: all look-ups of globals go through it, and no package can be shared, since what one realm makes is no `Error` and
 * no `Array` of another. What a file does to `process.env`, the working directory, mocks and the clock ends with it.
 */
class OneRealmEnvironment {
  constructor({ projectConfig }) {
    this.global = globalThis;
    this.given = Object.keys(projectConfig.globals);
    Object.assign(globalThis, structuredClone(projectConfig.globals));
    this.before = {
      console: globalThis.console,
      directory: process.cwd(),
      env: { ...process.env },
      exit: process.exit,
    };
    this.moduleMocker = new ModuleMocker(globalThis);
    this.fakeTimers = null;
    this.fakeTimersModern = new ModernFakeTimers({ config: projectConfig, global: globalThis });
  }

  async setup() {}

  async teardown() {
    const { console, directory, env, exit } = this.before;
    this.fakeTimersModern.dispose();
    for (const name of this.given) delete globalThis[name];
    for (const symbol of Object.getOwnPropertySymbols(globalThis))
      if (OF_ONE_FILE.has(symbol.description)) delete globalThis[symbol];
    for (const name of Object.keys(process.env)) if (!(name in env)) delete process.env[name];
    Object.assign(process.env, env);
    Object.assign(process, { exit });
    process.chdir(directory);
    globalThis.console = console;
  }

  exportConditions() {
    return ['node', 'node-addons'];
  }

  /** Jest wants one. `one-realm-runtime.cjs` compiles without. */
  getVmContext() {
    return globalThis;
  }
}

module.exports = OneRealmEnvironment;
