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

/**
 * What is worth running on engines that are not Postgres alone, in every run: where the engine could make the difference.
 * With GATEHOUSE_TEST_ALL_ENGINES every suite runs on every set (`npm run test:engines`).
 */
const SHARES = {
  'eventstoredb and kafka': ['replicas'],
  'postgres and kafka': ['on-engines'],
};
/** Left out on Postgres alone: what others show more of, and, but in a proof, what takes long and runs on other engines. */
const leftOutOnPostgres = (missing) => [
  'on-engines.spec.ts',
  ...(missing || process.env.GATEHOUSE_TEST_ROUNDS ? [] : ['replicas.spec.ts']),
];

const shareOf = (store, bus) => {
  const share = process.env.GATEHOUSE_TEST_ALL_ENGINES ? undefined : SHARES[`${store} and ${bus}`];
  return share?.map((name) => `<rootDir>/src/${name}.spec.ts`);
};

/** The suites on an event store and a bus. The same for each: only what the product is started with differs. */
module.exports = ({ store, bus }) => {
  const base = preset(__dirname);
  const noKafka = missingKafka();
  const missing = bus === 'kafka' ? noKafka : undefined;
  const testMatch = missing ? ['<rootDir>/src/left-out.spec.ts'] : shareOf(store, bus);
  return {
    ...base,
    displayName: `${base.displayName} (store: ${store}, bus: ${bus})`,
    globals: { gatehouseEngines: { store, bus, missing } },
    ...(testMatch && { testMatch }),
    testPathIgnorePatterns: [
      '/node_modules/',
      ...(missing ? [] : ['left-out.spec.ts']),
      ...(bus === 'kafka' ? [] : leftOutOnPostgres(noKafka)),
    ],
  };
};
