export { commonFields, ConfigError, field, readConfig } from './config';
