const { spawnSync } = require('node:child_process');
const { join } = require('node:path');
const preset = require('../../jest.preset.cjs');

/** Why no Kafka broker can be started here. In CI one can, or the suites fail. */
const missingKafka = () => {
  if (process.env.CI) return undefined;
  const script = join(__dirname, '../../deploy/kafka/bin/start.mjs');
  const { status, stderr } = spawnSync(process.execPath, [script, '--check'], { encoding: 'utf8' });
  return status === 0 ? undefined : stderr.trim();
};

/** The suites on an event store and a bus. The same for each: only what the product is started with differs. */
module.exports = ({ store, bus }) => {
  const base = preset(__dirname);
  const missing = bus === 'kafka' ? missingKafka() : undefined;
  return {
    ...base,
    displayName: `${base.displayName} (store: ${store}, bus: ${bus})`,
    globals: { gatehouseEngines: { store, bus, missing } },
    ...(missing && { testMatch: ['<rootDir>/src/left-out.spec.ts'] }),
    testPathIgnorePatterns: [
      '/node_modules/',
      ...(missing ? [] : ['left-out.spec.ts']),
      ...(bus === 'kafka' ? [] : ['\\.kafka\\.spec\\.ts']),
    ],
  };
};
