export { commandFields, commonFields, ConfigError, field, readConfig } from './config';
