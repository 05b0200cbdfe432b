export { KAFKA_VARIABLE, KafkaBroker, kafkaMissing } from './kafka-broker';
