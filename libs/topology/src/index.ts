export {
  CONSOLE,
  databaseRoleOf,
  factsOf,
  forEachName,
  CONTROL_SERVICE_NAMES,
  IDENTITIES,
  isServiceName,
  kafkaUserOf,
  publishedPortOf,
  SERVICE_NAMES,
  SERVICES,
} from './services';
export type { ControlServiceName, Identity, ServiceFacts, ServiceName } from './services';
export { belongsIn, ownerOfStream, ownerOfTopic } from './owners';
export { STREAM_EVENTS } from './streams';
export type { EventType } from './streams';
export { addressVariable, databasePasswordVariable, kafkaPasswordVariable } from './variables';
export { TOPICS } from './topics';
export type { TopicKey } from './topics';
