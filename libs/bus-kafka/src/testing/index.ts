export { KAFKA_VARIABLE, KafkaBroker, kafkaMissing, startBroker } from './kafka-broker';
