export {
  databaseRoleOf,
  factsOf,
  forEachName,
  GRPC_SERVICE_NAMES,
  IDENTITIES,
  isServiceName,
  kafkaUserOf,
  SERVICE_NAMES,
  SERVICES,
} from './services';
export type { GrpcServiceName, Identity, ServiceFacts, ServiceName } from './services';
export { belongsIn, ownerOfStream, ownerOfTopic } from './owners';
export { STREAM_EVENTS } from './streams';
export type { EventType } from './streams';
export { addressVariable, databasePasswordVariable, kafkaPasswordVariable } from './variables';
export { TOPICS } from './topics';
export type { TopicKey } from './topics';
