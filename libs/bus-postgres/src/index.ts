export { PostgresBusConsumer } from './postgres-bus-consumer';
export type { PostgresBusConsumerOptions } from './postgres-bus-consumer';
export { PostgresBusProducer } from './postgres-bus-producer';
