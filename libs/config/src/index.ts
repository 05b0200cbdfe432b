export { commandFields, commonFields, ConfigError, field, readConfig, tlsFields } from './config';
