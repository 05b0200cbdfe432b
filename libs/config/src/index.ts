export {
  busFields,
  callerFields,
  commandFields,
  commonFields,
  ConfigError,
  field,
  readConfig,
  tlsFields,
} from './config';
export { busFault, engineAddress, speaksTls, storeFault, withoutCredentials } from './engine-address';
export type { EngineAddress } from './engine-address';
export { settingFrom, settingIn } from './settings-from-files';
