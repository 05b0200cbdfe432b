export { BATCH_MAX, BusConsumer, BusProducer } from './bus';
export type { BusMessage, ConsumeOptions, MessageBatch, ReceivedMessage, Topic } from './bus';
export { InMemoryBus } from './in-memory-bus';
