export { migrate } from './migrate';
export type { MigrateOptions } from './migrate';
export { kafkaRightsOf, migrateKafka } from './migrate-kafka';
export type { MigrateKafkaOptions } from './migrate-kafka';
