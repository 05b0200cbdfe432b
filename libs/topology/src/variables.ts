import type { ServiceName } from './services';

/** The environment variables that settings of one service travel in. */
const variable = (name: string, what: string): string => `GATEHOUSE_${name.toUpperCase()}_${what}`;

/** The password of its login role in Postgres. */
export const databasePasswordVariable = (name: ServiceName): string => variable(name, 'DATABASE_PASSWORD');

/** The password of its user at Kafka. */
export const kafkaPasswordVariable = (name: ServiceName): string => variable(name, 'KAFKA_PASSWORD');

/** Where others find it: `host:port`. */
export const addressVariable = (name: ServiceName): string => variable(name, 'ADDRESS');
