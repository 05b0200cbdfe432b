export { KafkaBusConsumer } from './kafka-bus-consumer';
export type { KafkaBusConsumerOptions } from './kafka-bus-consumer';
export { KafkaBusProducer } from './kafka-bus-producer';
export { kafkaBrokers, kafkaClusterId } from './kafka-settings';
export type { KafkaSettings } from './kafka-settings';
