import type { Identity, ServiceName } from './services';

/** The environment variables that settings of one service travel in. */
const variable = (name: string, what: string): string => `GATEHOUSE_${name.toUpperCase()}_${what}`;

/** The password of its login role in Postgres. */
export const databasePasswordVariable = (name: ServiceName): string => variable(name, 'DATABASE_PASSWORD');

/** The password of its user at Kafka. */
export const kafkaPasswordVariable = (name: ServiceName): string => variable(name, 'KAFKA_PASSWORD');

/** The token that it proves itself with, where services share a machine. */
export const serviceTokenVariable = (name: Identity): string => variable(name, 'SERVICE_TOKEN');

/** Where others find it: `host:port`. */
export const addressVariable = (name: ServiceName): string => variable(name, 'ADDRESS');
