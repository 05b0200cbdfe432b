const { default: Sequencer } = require('@jest/test-sequencer');

/** On a clean checkout Jest knows nothing of earlier runs, and would go by the files' sizes, which hide these. */
const LONG = [
  'libs/bus-kafka/src/kafka-bus.int.spec.ts',
  'services/registry/src/registry.int.spec.ts',
  'services/metering/src/domain/journal/leases.simulation.spec.ts',
  'services/gateway/src/workers.spec.ts',
  'services/gateway/src/durability.spec.ts',
  'services/metering/src/metering.int.spec.ts',
  'services/gateway/src/answers.spec.ts',
  'libs/event-store-eventstoredb/src/eventstoredb-secured.spec.ts',
  'services/registry/src/canary.int.spec.ts',
  'services/provisioning/src/permissions.int.spec.ts',
  'services/provisioning/src/garbage-keys.int.spec.ts',
  'libs/event-store-eventstoredb/src/eventstoredb.spec.ts',
  'libs/projections/src/rebuild-projection.int.spec.ts',
  'deploy/migrator/src/migrate-kafka.int.spec.ts',
];

const rank = ({ path }) => {
  const index = LONG.findIndex((name) => path.endsWith(name));
  return index < 0 ? LONG.length : index;
};

/** What takes longest begins first, so that no worker is left alone with it at the end. */
class LongestFirst extends Sequencer {
  sort(tests) {
    return [...super.sort(tests)].sort((a, b) => rank(a) - rank(b));
  }
}

module.exports = LongestFirst;
