export {
  busFields,
  callerFields,
  commandFields,
  commonFields,
  ConfigError,
  field,
  httpsFields,
  readConfig,
  tlsFields,
} from './config';
export { busFault, engineAddress, speaksTls, storeFault, withoutCredentials } from './engine-address';
export type { EngineAddress } from './engine-address';
export { HttpsCertificate } from './https-certificate';
export type { HttpsConfig } from './https-certificate';
export { settingFrom, settingIn } from './settings-from-files';
